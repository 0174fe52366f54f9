// SPDX-License-Identifier: BSL-1.0
// expects: Threads needs at least one thread, got fewer
// expects: try Threads<2>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int count = 1;
#else
constexpr int count = 0;
#endif
int main() {
    kiln::Threads<count> threads;
    int calls = 0;
    threads.run([&](int) { ++calls; });
    return calls;
}
