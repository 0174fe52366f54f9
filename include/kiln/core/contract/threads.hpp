// SPDX-License-Identifier: BSL-1.0
#pragma once
// THREADS: Threads<N>::run(task) calls task(0) … task(N - 1), possibly at once, and returns when all are done.

#include <kiln/core/target.hpp>

namespace kiln::inline KILN_TARGET {

/// N threads that work together, for more than one of which kiln/train/threads.hpp is needed; one is the caller's.
template <int N>
class Threads;
template <>
class Threads<1> {
  public:
    static constexpr int count = 1;
    constexpr void run(auto&& task) { task(0); }
};

}  // namespace kiln::inline KILN_TARGET
