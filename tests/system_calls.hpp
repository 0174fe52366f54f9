// SPDX-License-Identifier: BSL-1.0
#pragma once
// Runs code where every system call is forbidden, in a process of its own: Linux ends the process at the first call
// (seccomp). So the code cannot allocate from the system, wait for a lock, read a clock or print.

// AddressSanitizer makes system calls of its own.
#if defined __has_feature
#if __has_feature(address_sanitizer)
#define KILN_SYSTEM_CALLS_OF_ITS_OWN
#endif
#endif
#if defined __SANITIZE_ADDRESS__
#define KILN_SYSTEM_CALLS_OF_ITS_OWN
#endif

#if defined __linux__ && !defined KILN_SYSTEM_CALLS_OF_ITS_OWN
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#endif

/// The outcome of code that must make no system call.
enum class Outcome { clean, system_call, failed, cannot_be_tested };

/// Runs `action`, which returns whether all is well, without system calls.
Outcome without_system_calls(auto action) {
#if defined __linux__ && !defined KILN_SYSTEM_CALLS_OF_ITS_OWN
    const pid_t child = fork();
    if (child < 0) return Outcome::cannot_be_tested;
    constexpr int no_filter = 7;
    if (child == 0) {
        sock_filter rules[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<__u32>(offsetof(seccomp_data, nr))),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_exit_group, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        };
        const sock_fprog program{sizeof rules / sizeof rules[0], rules};
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(no_filter);
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) _exit(no_filter);
        _exit(action() ? 0 : 1);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child) return Outcome::cannot_be_tested;
    if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGSYS ? Outcome::system_call : Outcome::failed;
    return WEXITSTATUS(status) == no_filter ? Outcome::cannot_be_tested
           : WEXITSTATUS(status) == 0       ? Outcome::clean
                                            : Outcome::failed;
#else
    static_cast<void>(action);
    return Outcome::cannot_be_tested;
#endif
}
