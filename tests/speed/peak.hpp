// SPDX-License-Identifier: BSL-1.0
#pragma once
// The machine's measured limits, as a yardstick: multiply-adds on registers only, in the widest vectors that the code
// is compiled for.

#include <kiln/core/lanes.hpp>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <vector>

namespace kiln::speed {

/// CPU seconds of this thread. Other processes that share the core do not count, but disturb its caches.
inline double cpu_seconds() {
    std::timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class T>
void keep(const T& value) {
    asm volatile("" : : "r,m"(value) : "memory");
}

template <class T>
T median(std::vector<T> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

/// Seconds of one call: the median over `chunks` chunks of calls, each lasting about a millisecond or more.
template <class F>
double seconds_per_call(F f, int chunks = 25) {
    f();
    int calls = 1;
    for (double taken = 0; taken < 1e-3; calls *= 2) {
        const double start = cpu_seconds();
        for (int i = 0; i < calls; ++i) f();
        taken = cpu_seconds() - start;
    }
    std::vector<double> seconds;
    for (int k = 0; k < chunks; ++k) {
        const double start = cpu_seconds();
        for (int i = 0; i < calls; ++i) f();
        seconds.push_back((cpu_seconds() - start) / calls);
    }
    return median(seconds);
}

/// Multiply-adds a second on registers alone, times two: FLOP/s.
inline double peak_flops() {
    using V = kiln::detail::native_vector<float, native_lanes>::type;
    constexpr int sums = native_registers > 16 ? 24 : 12, rounds = 20000;
    const auto run = [] {
        V sum[sums], a = V{} + 0.5f, b = V{} + 0.25f;
        for (int i = 0; i < sums; ++i) sum[i] = V{} + static_cast<float>(i);
        for (int r = 0; r < rounds; ++r) {
            KILN_UNROLL for (int i = 0; i < sums; ++i) sum[i] = sum[i] * a + b;
        }
        for (const V& s : sum) keep(s);
    };
    return 2.0 * sums * rounds * native_lanes / seconds_per_call(run, 15);
}

/// Bytes a second when `bytes` bytes are read again and again: the bandwidth of the nearest memory that holds them.
inline double read_bandwidth(std::size_t bytes) {
    using V = kiln::detail::native_vector<float, native_lanes>::type;
    constexpr std::size_t together = 16;  // vectors
    const std::size_t vectors = (bytes / sizeof(V) + together) / together * together;
    const std::vector<V> data(vectors, V{} + 1.0f);
    const auto run = [&] {
        V sum[together] = {};
        for (std::size_t i = 0; i < vectors; i += together) {
            KILN_UNROLL for (std::size_t k = 0; k < together; ++k) sum[k] += data[i + k];
        }
        for (const V& s : sum) keep(s);
    };
    return static_cast<double>(vectors * sizeof(V)) / seconds_per_call(run, 15);
}

}  // namespace kiln::speed
