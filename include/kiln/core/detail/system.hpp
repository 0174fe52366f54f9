// SPDX-License-Identifier: BSL-1.0
#pragma once
// Questions to the operating system that the standard library does not answer. Beside this header, only three look at the
// system: files/detail/open_file.hpp (large files), files/replace_file.hpp and core/detail/worker.hpp (stacks of threads).

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>

#include <cstdio>

namespace kiln::inline KILN_TARGET::detail {

// Seconds since some fixed point; a clock that never runs backwards, where the system has one.
double seconds_now();

// Whether somebody looks at what is written to a stream.
bool is_terminal(std::FILE* stream);

}  // namespace kiln::inline KILN_TARGET::detail

#ifndef KILN_COMPILED
#include <kiln/core/detail/system.ipp>
#endif
