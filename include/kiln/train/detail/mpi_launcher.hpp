// SPDX-License-Identifier: BSL-1.0
#pragma once
// MPICH's launcher (Hydra) watches a socket to each rank. When that of a rank closes before MPI_Finalize, Hydra kills the
// other ranks before they can say anything, and reports the exit status of the one that ended: success, if that had
// called _exit(0). A process that holds the socket open leaves it to the other ranks to find out.

#include <kiln/core/target.hpp>

#include <cerrno>
#include <cstdlib>

#if defined __linux__
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace kiln::inline KILN_TARGET::mpi::detail {

/// Starts a process that holds the socket until the launcher closes its end, as it does after MPI_Finalize and at the
/// end of the job, or until `milliseconds` after this process has ended. To be called before MPI begins: MPI's memory
/// must not be shared with other processes.
inline void hold_launcher_socket([[maybe_unused]] int milliseconds) {
#if defined __linux__
    const char* const number = std::getenv("PMI_FD");
    const int held = number != nullptr ? std::atoi(number) : -1;  // of another launcher
    int life[2];                                                  // a pipe that breaks when this process ends
    if (held < 3 || pipe2(life, O_CLOEXEC) != 0) return;
    const pid_t child = fork();
    if (child != 0) {
        if (child > 0) waitpid(child, nullptr, 0);
        close(life[0]);  // life[1] stays open
        return;
    }
    if (fork() != 0) _exit(0);  // so that the process is no child of this one, which may wait for its children
    for (int other = 0; other < 1024; ++other)
        if (other != held && other != life[0]) close(other);
    pollfd watched[]{{.fd = held, .events = 0, .revents = 0}, {.fd = life[0], .events = 0, .revents = 0}};
    while (poll(watched, 2, -1) < 0 && errno == EINTR) {}
    if (watched[0].revents == 0) poll(watched, 1, milliseconds);
    _exit(0);
#endif
}

}  // namespace kiln::inline KILN_TARGET::mpi::detail
