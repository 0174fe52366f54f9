// SPDX-License-Identifier: BSL-1.0
#pragma once
// All that Kiln asks of the operating system beyond the standard library, besides the replacing of files
// (core/replace_file.hpp) and the stacks of threads (core/worker.hpp): nothing else looks at what system it is.

#include <kiln/core/compiled.hpp>
#include <kiln/core/target.hpp>

#include <cstdio>

namespace kiln::inline KILN_TARGET::detail {

// Seconds since some fixed point; a clock that never runs backwards, where the system has one.
double seconds_now();

// Whether somebody looks at what is written to a stream.
bool is_terminal(std::FILE* stream);

}  // namespace kiln::inline KILN_TARGET::detail

#ifndef KILN_COMPILED
#include <kiln/core/system.ipp>
#endif
