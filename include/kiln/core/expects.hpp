// SPDX-License-Identifier: BSL-1.0
#pragma once
// KILN_EXPECTS(condition): a precondition. Debug builds (no NDEBUG) stop with the condition and its place; release
// builds check nothing. In a constant expression a violated precondition is a compile error. KILN_CHECKS defined as 0
// or 1 decides, regardless of NDEBUG.

#include <kiln/core/target.hpp>

#if KILN_CHECKS && __STDC_HOSTED__
#include <cstdio>
#include <cstdlib>
#endif

#if KILN_CHECKS
#define KILN_EXPECTS(...) \
    ((__VA_ARGS__) ? void() : ::kiln::detail::precondition_violated(#__VA_ARGS__, __FILE__, __LINE__))
#else
#define KILN_EXPECTS(...) void()
#endif

#if KILN_CHECKS
namespace kiln::inline KILN_TARGET::detail {
[[noreturn]] inline void precondition_violated([[maybe_unused]] const char* condition,
                                               [[maybe_unused]] const char* file, [[maybe_unused]] int line) {
#if __STDC_HOSTED__
    std::fprintf(stderr, "kiln: %s:%d: expected %s\n", file, line, condition);
    std::abort();
#else
    __builtin_trap();
#endif
}
}  // namespace kiln::inline KILN_TARGET::detail
#endif
