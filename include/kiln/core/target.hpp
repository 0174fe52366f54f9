// SPDX-License-Identifier: BSL-1.0
#pragma once
// The instructions and settings of a translation unit, as the name of an inline namespace: users write kiln::Tensor for
// kiln::avx512::Tensor. So a program may have parts that are compiled for several processors, with or without
// assertions: the linker takes no function of one part for another's. All code that computes is in this namespace.
// Names that stand in messages (layers, losses, Sequential, shapes) are outside, so that they stay short; their
// functions differ by the tensors and contexts that they take.

// Compilers that cannot compile what follows end here. #error would be followed by all the errors of the rest; but every
// compiler stops at a header that is not there, and names it: so the reason is the only error.
#if defined __apple_build_version__  // whose 15 is LLVM's 16
#define KILN_LEAST_CLANG 15
#elif defined __EMSCRIPTEN__  // whose own library is new enough
#define KILN_LEAST_CLANG 14
#else
#define KILN_LEAST_CLANG 16
#endif
#if defined _MSC_VER && !defined __clang__
#include <kiln: needs g++ 12 or clang 16, got the compiler of Microsoft; try clang++, or g++ of MinGW-w64>
#elif __cplusplus < 202002L
#include <kiln: needs C++20, got an older standard; try -std=c++20>
#elif defined __clang__ ? __clang_major__ < KILN_LEAST_CLANG : __GNUC__ < 12
#include <kiln: needs g++ 12 or clang 16, got an older compiler; try a newer one>
#elif defined __FLT_EVAL_METHOD__ && (defined __i386__ || defined __x86_64__) && __FLT_EVAL_METHOD__ != 0
#include <kiln: needs floats that are computed as floats, got those of x87; try -msse2 -mfpmath=sse>
#endif

#if defined __FAST_MATH__ || defined __ASSOCIATIVE_MATH__ || __FINITE_MATH_ONLY__
#error kiln: -ffast-math (-Ofast, -fassociative-math, -ffinite-math-only) gives wrong exponentials and overlooks NaN; compile files that include Kiln without it, or with -fno-fast-math after it
#endif

/// Whether preconditions are checked: in debug builds (no NDEBUG), unless the user defines KILN_CHECKS as 0 or 1.
#ifndef KILN_CHECKS
#ifdef NDEBUG
#define KILN_CHECKS 0
#else
#define KILN_CHECKS 1
#endif
#endif

#if defined __AVX512F__
#define KILN_TARGET_INSTRUCTIONS avx512
#elif defined __AVX2__ && defined __FMA__
#define KILN_TARGET_INSTRUCTIONS avx2
#elif defined __AVX__ && defined __FMA__
#define KILN_TARGET_INSTRUCTIONS avx_fma
#elif defined __AVX__
#define KILN_TARGET_INSTRUCTIONS avx
#elif defined __SSE4_1__
#define KILN_TARGET_INSTRUCTIONS sse4
#elif defined __SSE2__
#define KILN_TARGET_INSTRUCTIONS sse2
#elif defined __aarch64__ || defined __ARM_NEON
#define KILN_TARGET_INSTRUCTIONS neon
#else
#define KILN_TARGET_INSTRUCTIONS scalar
#endif
#if KILN_CHECKS
#define KILN_TARGET_CHECKS _checked
#else
#define KILN_TARGET_CHECKS
#endif
#ifdef __cpp_exceptions
#define KILN_TARGET_EXCEPTIONS
#else
#define KILN_TARGET_EXCEPTIONS _unthrowing
#endif
#define KILN_TARGET_JOINED(instructions, checks, exceptions) instructions##checks##exceptions
#define KILN_TARGET_NAME(instructions, checks, exceptions) KILN_TARGET_JOINED(instructions, checks, exceptions)
#define KILN_TARGET KILN_TARGET_NAME(KILN_TARGET_INSTRUCTIONS, KILN_TARGET_CHECKS, KILN_TARGET_EXCEPTIONS)

namespace kiln::inline KILN_TARGET {}
