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

#ifdef KILN_COMPILED
#define KILN_INLINE
#else
#define KILN_INLINE inline
#endif
