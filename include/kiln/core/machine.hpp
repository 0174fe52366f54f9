// SPDX-License-Identifier: BSL-1.0
#pragma once
// Facts about the machine that code is compiled for: how wide its vectors are, how many of them its registers hold, and
// how it multiplies. Kernels choose their register tiles by them (kernels/tile.hpp).

#include <kiln/core/target.hpp>

namespace kiln::inline KILN_TARGET {

/// Bytes of the machine's widest vector register. Where there are no vectors, elements are four floats nevertheless, so
/// that sums run in the order of most other machines.
#if defined __AVX512F__
inline constexpr int native_bytes = 64;
#elif defined __AVX__
inline constexpr int native_bytes = 32;
#else
inline constexpr int native_bytes = 16;
#endif

/// How many native vectors the registers hold.
#if defined __i386__
inline constexpr int native_registers = 8;
#elif defined __AVX512F__ || defined __aarch64__
inline constexpr int native_registers = 32;
#elif (defined __arm__ && !defined __ARM_FP) || (defined __riscv && !defined __riscv_flen)
// Without a floating-point unit numbers stay in memory, and arithmetic is a call: a larger tile would only be more code.
inline constexpr int native_registers = 1;
#elif defined __riscv || (defined __arm__ && !(defined __ARM_NEON && defined __clang__))
// 32 single floats, or the eight vectors of Helium. With g++ that holds for 32-bit NEON too: NEON takes denormals for
// zero in every floating-point mode, so g++ computes vectors of floats one by one, unless -funsafe-math-optimizations
// says that this does not matter. Intrinsics would get round that, and exp(-100) would be 0 on this machine only.
inline constexpr int native_registers = 8;
#else
inline constexpr int native_registers = 16;
#endif

/// Whether a multiply-add is one instruction, which needs no register for the product.
#if defined __FMA__ || defined __arm__ || defined __aarch64__ || defined __riscv
inline constexpr bool native_multiply_add = true;
#else
inline constexpr bool native_multiply_add = false;
#endif

/// How many multiply-adds a register tile may do in the time of a load. 2 suits cores that load one vector a cycle; it was
/// chosen by the code that compilers make, and not measured.
#if defined __arm__ || defined __aarch64__ || defined __riscv
inline constexpr int multiply_adds_a_load = 2;
#else
inline constexpr int multiply_adds_a_load = 1;
#endif

/// Floats in one native vector.
inline constexpr int native_lanes = native_bytes / static_cast<int>(sizeof(float));

}  // namespace kiln::inline KILN_TARGET
