// SPDX-License-Identifier: BSL-1.0
#pragma once
// Functions that depend on no type of a user's are defined in pages of their own, noun.ipp beside noun.hpp, with
// KILN_INLINE in front. Such functions make messages, read and write files, and write the page of a report. A program
// gets them in one of two ways:
//
//   header-only, by default       noun.hpp includes noun.ipp, and the functions are inline
//   with KILN_COMPILED defined    noun.hpp declares them only, and one library for all programs holds them: link the
//                                 CMake target kiln::compiled, which defines KILN_COMPILED, or compile
//                                 kiln/compiled.cpp yourself, with the same instructions, checks and exceptions
//                                 (core/target.hpp)

// KILN_LAZY stands in front of a declaration and KILN_LAZY_DEFINITION in front of the definition, where few programs
// call the function and its vectors and texts take compilers long. Header-only such a function is a template without
// arguments, compiled only where it is called. Vectors are passed to it as {data, size}: a std::span made of a vector
// first asks whether the vector is a range, which costs g++ 12 another 3 MB for each type.

#ifdef KILN_COMPILED
#define KILN_INLINE
#define KILN_LAZY
#define KILN_LAZY_DEFINITION
#else
#define KILN_INLINE inline
#define KILN_LAZY template <int = 0>
#define KILN_LAZY_DEFINITION template <int>
#endif
