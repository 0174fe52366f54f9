// SPDX-License-Identifier: BSL-1.0
#pragma once
// Debug builds warn of large values on a stack, because a larger one would end the program without a word: a frame beyond
// the end of the stack is a crash before any constructor runs. Only Linux tells where a stack is.

#include <kiln/core/target.hpp>

#include <cstddef>

#if KILN_CHECKS && __STDC_HOSTED__ && defined __linux__
#define KILN_KNOWS_STACKS 1
#include <pthread.h>

#include <cstdint>
#include <cstdio>
#else
#define KILN_KNOWS_STACKS 0
#endif

namespace kiln::inline KILN_TARGET::detail {

/// A value of more bytes should not stand on a stack: the smallest stacks of main functions have as many (Windows).
inline constexpr std::size_t most_bytes_on_a_stack = 1 << 20;

#if KILN_KNOWS_STACKS
/// Warns on stderr, once in a program, if a value of this name and size stands on the stack of the calling thread.
inline void warn_if_on_stack(const void* value, std::size_t bytes, const char* name) {
    static bool warned = false;
    pthread_attr_t attributes;
    if (__atomic_load_n(&warned, __ATOMIC_RELAXED) || pthread_getattr_np(pthread_self(), &attributes) != 0) return;
    void* begin = nullptr;
    std::size_t size = 0;
    if (pthread_attr_getstack(&attributes, &begin, &size) == 0 &&
        reinterpret_cast<std::uintptr_t>(value) - reinterpret_cast<std::uintptr_t>(begin) < size &&
        !__atomic_exchange_n(&warned, true, __ATOMIC_RELAXED))
        std::fprintf(stderr,
                     "kiln: warning: a %s of %zu bytes stands on a stack of %zu; make it static, or use "
                     "std::make_unique\n",
                     name, bytes, size);
    pthread_attr_destroy(&attributes);
}
#else
inline void warn_if_on_stack(const void*, std::size_t, const char*) {}
#endif

}  // namespace kiln::inline KILN_TARGET::detail
