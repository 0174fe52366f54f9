// SPDX-License-Identifier: BSL-1.0
#pragma once
// Functions that depend on no type of a user's (the words of messages, readers and writers of files, the page of a
// report) are defined in pages of their own, noun.ipp beside noun.hpp, with KILN_INLINE in front. There are two ways to
// have them:
//
//   header-only, by default       noun.hpp includes noun.ipp, and the functions are inline
//   with KILN_COMPILED defined    noun.hpp declares them only, and one library for all programs holds them: link the
//                                 CMake target kiln::compiled, which defines KILN_COMPILED, or compile kiln/compiled.cpp
//                                 yourself, with the same instructions, checks and exceptions (core/target.hpp)

// Where few programs call such functions, and the vectors and texts in them take compilers long, KILN_LAZY stands in front
// of the declaration and KILN_LAZY_DEFINITION of the definition: header-only they are templates of no argument, compiled
// where they are called. Vectors are given to them as {data, size}: whether a vector is a range, which a std::span asks of
// it otherwise, costs g++ 12 another 3 MB for each type.

#ifdef KILN_COMPILED
#define KILN_INLINE
#define KILN_LAZY
#define KILN_LAZY_DEFINITION
#else
#define KILN_INLINE inline
#define KILN_LAZY template <int = 0>
#define KILN_LAZY_DEFINITION template <int>
#endif
