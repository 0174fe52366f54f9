// SPDX-License-Identifier: BSL-1.0
// The library kiln::compiled: what depends on no type of a user's, for programs that define KILN_COMPILED (see
// core/compiled.hpp). What needs zlib is in data/compiled.cpp.

#ifndef KILN_COMPILED
#define KILN_COMPILED
#endif
#include <kiln.hpp>

#include <kiln/core/concat.ipp>
#include <kiln/core/quote.ipp>
#include <kiln/core/replace_file.ipp>
#include <kiln/report/report.ipp>
#include <kiln/train/history.ipp>
#include <kiln/train/progress.ipp>
