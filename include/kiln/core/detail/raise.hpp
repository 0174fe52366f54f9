// SPDX-License-Identifier: BSL-1.0
#pragma once
// Throws where exceptions are on. Where they are off (-fno-exceptions), prints the message on stderr and ends the
// program.

#include <kiln/core/target.hpp>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// Throws an `Error` made of the arguments, or prints its what() and aborts.
template <class Error, class... Arguments>
[[noreturn, gnu::cold]] void raise(Arguments&&... arguments) {
    Error error(std::forward<Arguments>(arguments)...);
#ifdef __cpp_exceptions
    throw error;
#else
    std::fprintf(stderr, "%s\n", error.what());
    std::abort();
#endif
}

}  // namespace kiln::inline KILN_TARGET
