// SPDX-License-Identifier: BSL-1.0
#pragma once
// The instructions and settings of a translation unit, as the name of an inline namespace: users write kiln::Tensor for
// kiln::avx512::Tensor. So a program may have parts that are compiled for several processors, with or without
// assertions: the linker takes no function of one part for another's. All code that computes is in this namespace.
// Names that stand in messages (layers, losses, Sequential, shapes) are outside, so that they stay short; their
// functions differ by the tensors and contexts that they take.

#if defined __FAST_MATH__ || defined __ASSOCIATIVE_MATH__ || __FINITE_MATH_ONLY__
#error kiln: -ffast-math (-Ofast, -fassociative-math, -ffinite-math-only) gives wrong exponentials and overlooks NaN; compile files that include Kiln without it, or with -fno-fast-math behind it
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
