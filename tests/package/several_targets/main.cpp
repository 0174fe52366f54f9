// SPDX-License-Identifier: BSL-1.0
// Runs the part compiled for the least processor and, if this processor can, the part compiled for a better one.

#include <cmath>
#include <cstdio>

float on_least();
float on_best();
int lanes_on_least();
int lanes_on_best();

int main() {
    const float least = on_least();
    std::printf("%d lanes: %.9g\n", lanes_on_least(), static_cast<double>(least));
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return least > 0 ? 0 : 1;
    const float best = on_best();
    std::printf("%d lanes: %.9g\n", lanes_on_best(), static_cast<double>(best));
    return lanes_on_least() < lanes_on_best() && std::abs(best - least) < 1e-4f * std::abs(least) ? 0 : 1;
}
