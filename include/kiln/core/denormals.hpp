// SPDX-License-Identifier: BSL-1.0
#pragma once
// Numbers that fade away become denormal, and processors are slow on those: gradients and moments (a training step took
// up to 1.4 times as long), or the end of a sound. While a FlushDenormals lives, denormals are flushed to zero on its
// thread. Its end restores the caller's floating-point mode.

#include <kiln/core/target.hpp>

#include <cstdint>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

/// Flushes denormals to zero on this thread while it lives. A trainer does so by itself; a thread that plays streams holds
/// one.
class FlushDenormals {
#if defined __SSE__
    static constexpr std::uint64_t flush = 0x8040;  // flush to zero, denormals are zero
    static std::uint64_t mode() { return __builtin_ia32_stmxcsr(); }
    static void set_mode(std::uint64_t mode) { __builtin_ia32_ldmxcsr(static_cast<std::uint32_t>(mode)); }
#elif defined __aarch64__
    static constexpr std::uint64_t flush = std::uint64_t{1} << 24;
    static std::uint64_t mode() {
        std::uint64_t mode;
        asm volatile("mrs %0, fpcr" : "=r"(mode));
        return mode;
    }
    static void set_mode(std::uint64_t mode) { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#elif defined __arm__ && defined __ARM_FP
    static constexpr std::uint64_t flush = std::uint64_t{1} << 24;
    static std::uint64_t mode() { return __builtin_arm_get_fpscr(); }
    static void set_mode(std::uint64_t mode) { __builtin_arm_set_fpscr(static_cast<std::uint32_t>(mode)); }
#else
    static constexpr std::uint64_t flush = 0;
    static std::uint64_t mode() { return 0; }
    static void set_mode(std::uint64_t) {}
#endif

  public:
    /// Whether the processor can do so. RISC-V and chips without a floating-point unit cannot.
    static constexpr bool possible = flush != 0;

    constexpr FlushDenormals() {
        if (std::is_constant_evaluated()) return;
        before = mode();
        set_mode(before | flush);
    }
    constexpr ~FlushDenormals() {
        if (!std::is_constant_evaluated()) set_mode(before);
    }
    FlushDenormals(const FlushDenormals&) = delete;
    FlushDenormals& operator=(const FlushDenormals&) = delete;

  private:
    std::uint64_t before = 0;
};

}  // namespace kiln::inline KILN_TARGET
