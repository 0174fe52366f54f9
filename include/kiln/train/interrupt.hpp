// SPDX-License-Identifier: BSL-1.0
#pragma once
// Ctrl-C as a wish to stop instead of the end of the program: while an Interrupt lives, the first one is only noted. The
// second is what it was before, so that a program that does not look can still be ended. For one thread of a program.

#include <kiln/core/target.hpp>

#include <csignal>

namespace kiln::inline KILN_TARGET {

/// While one lives, the first SIGINT is noted, the second does what it did before.
class Interrupt {
  public:
    Interrupt() {
        if (living()++ > 0) return;  // another one is at it already
        noted() = 0;
        before() = std::signal(SIGINT, &note);
    }
    ~Interrupt() {
        if (--living() == 0 && before() != SIG_ERR) std::signal(SIGINT, before());
    }
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    /// Whether there was one since construction.
    static bool happened() { return noted() != 0; }

  private:
    using Handler = void (*)(int);
    static volatile std::sig_atomic_t& noted() {
        static volatile std::sig_atomic_t flag = 0;
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
