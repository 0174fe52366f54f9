// SPDX-License-Identifier: BSL-1.0
#pragma once
// Ctrl-C as a wish to stop in order. While an Interrupt lives, the first Ctrl-C is only noted. The second has its
// former effect, so that a program that never looks can still be ended. Several threads may have one each, for the same
// time.

#include <kiln/core/target.hpp>

#include <csignal>

namespace kiln::inline KILN_TARGET {

/// While an Interrupt lives, the first SIGINT is noted, and the second has its former effect.
class Interrupt {
  public:
    Interrupt() {
        if (__atomic_fetch_add(&living(), 1, __ATOMIC_ACQ_REL) > 0) return;  // another Interrupt handles the signal
        __atomic_store_n(&noted(), 0, __ATOMIC_RELAXED);
        before() = std::signal(SIGINT, &note);
    }
    ~Interrupt() {
        if (__atomic_sub_fetch(&living(), 1, __ATOMIC_ACQ_REL) == 0 && before() != SIG_ERR)
            std::signal(SIGINT, before());
    }
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    /// Whether a SIGINT came since construction.
    static bool happened() { return __atomic_load_n(&noted(), __ATOMIC_RELAXED) != 0; }

  private:
    using Handler = void (*)(int);
    // Read and written atomically, because a handler may interrupt a thread, as on POSIX, or run on one of its own, as on
    // Windows. (<atomic> would cost every program that trains 170 templates.)
    static int& noted() {
        static int flag = 0;
        static_assert(__atomic_always_lock_free(sizeof flag, nullptr));
        return flag;
    }
    static int& living() {
        static int count = 0;
        return count;
    }
    static Handler& before() {
        static Handler handler = SIG_DFL;
        return handler;
    }
    static void note(int) {
        __atomic_store_n(&noted(), 1, __ATOMIC_RELAXED);
        std::signal(SIGINT, before() == SIG_ERR ? SIG_DFL : before());
    }
};

}  // namespace kiln::inline KILN_TARGET
