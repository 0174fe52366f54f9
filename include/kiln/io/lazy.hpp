// SPDX-License-Identifier: BSL-1.0
#pragma once
// Most programs call few of this room's functions, and the vectors and texts in them take compilers longer than all else
// here. Header-only, the functions that core/compiled.hpp speaks of are therefore templates of no argument, compiled where
// they are called; with KILN_COMPILED they are plain functions.
// Vectors are given to them as {data, size}: whether a vector is a range, which a std::span asks of it otherwise, costs
// g++ 12 another 3 MB for each type.
//
//   noun.hpp  KILN_LAZY Result read(int number);
//   noun.ipp  KILN_LAZY_DEFINITION Result read(int number) { … }

#include <kiln/core/compiled.hpp>

#ifdef KILN_COMPILED
#define KILN_LAZY
#define KILN_LAZY_DEFINITION
#else
#define KILN_LAZY template <int = 0>
#define KILN_LAZY_DEFINITION template <int>
#endif
