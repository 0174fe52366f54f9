// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>

#include <cstdio>

#if defined _WIN32
#include <boost/winapi/timers.hpp>

#include <io.h>
#elif __has_include(<unistd.h>)
#include <unistd.h>

#include <ctime>
#else
#include <ctime>
#endif

namespace kiln::inline KILN_TARGET::detail {

#if defined _WIN32
KILN_INLINE double seconds_now() {
    boost::winapi::LARGE_INTEGER_ ticks{}, ticks_of_a_second{};
    boost::winapi::QueryPerformanceCounter(&ticks);
    boost::winapi::QueryPerformanceFrequency(&ticks_of_a_second);
    return static_cast<double>(ticks.QuadPart) / static_cast<double>(ticks_of_a_second.QuadPart);
}
KILN_INLINE bool is_terminal(std::FILE* stream) { return _isatty(_fileno(stream)) != 0; }
#else
KILN_INLINE double seconds_now() {
    std::timespec now{};
#ifdef CLOCK_MONOTONIC
    clock_gettime(CLOCK_MONOTONIC, &now);
#else
    std::timespec_get(&now, TIME_UTC);
#endif
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}
#if __has_include(<unistd.h>)
KILN_INLINE bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) == 1; }
#else
KILN_INLINE bool is_terminal(std::FILE*) { return false; }
#endif
#endif

}  // namespace kiln::inline KILN_TARGET::detail
