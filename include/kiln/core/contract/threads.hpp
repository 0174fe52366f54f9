// SPDX-License-Identifier: BSL-1.0
#pragma once
// THREADS: Threads<N>::run(task) calls task(0) … task(N - 1), possibly at the same time, and returns when all are done.

#include <kiln/core/target.hpp>

namespace kiln::inline KILN_TARGET {

/// N threads that work together, one of them the caller's. More than one thread needs kiln/train/threads.hpp.
template <int N>
class Threads;
template <>
class Threads<1> {
  public:
    static constexpr int count = 1;
    constexpr void run(auto&& task) { task(0); }
};

}  // namespace kiln::inline KILN_TARGET
