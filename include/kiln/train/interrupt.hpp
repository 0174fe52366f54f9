// SPDX-License-Identifier: BSL-1.0
#pragma once
// Ctrl-C as a wish to stop in order. While an Interrupt lives, the first Ctrl-C is only noted. The second has its
// former effect, so that a program that never looks can still be ended. For one thread of a program.

#include <kiln/core/target.hpp>

#include <atomic>
#include <csignal>

namespace kiln::inline KILN_TARGET {

/// While an Interrupt lives, the first SIGINT is noted, and the second has its former effect.
class Interrupt {
  public:
    Interrupt() {
        if (living()++ > 0) return;  // another Interrupt handles the signal already
        noted() = 0;
        before() = std::signal(SIGINT, &note);
    }
    ~Interrupt() {
        if (--living() == 0 && before() != SIG_ERR) std::signal(SIGINT, before());
    }
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    /// Whether a SIGINT came since construction.
    static bool happened() { return noted() != 0; }

  private:
    using Handler = void (*)(int);
    // Atomic because a handler may interrupt a thread, as on POSIX, or run on one of its own, as on Windows.
    static std::atomic<int>& noted() {
        static std::atomic<int> flag{0};
        static_assert(std::atomic<int>::is_always_lock_free);
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
        noted() = 1;
        std::signal(SIGINT, before() == SIG_ERR ? SIG_DFL : before());
    }
};

}  // namespace kiln::inline KILN_TARGET
