// SPDX-License-Identifier: BSL-1.0
// expects: Groups needs for each group as many samples of the batch as the element has lanes, got fewer; try fewer groups
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
constexpr int samples = 80;
#else
constexpr int samples = 64;
#endif
int main() {
    using M = Model<Sequential<Linear<4, 2>>, Shape<4>>;
    static M model{Seed{42}};
    static Trainer<M, CrossEntropy, SGD, Batch<samples>, Lanes<float, 16>, Groups<5>> trainer{model, {}};
    return trainer.threads;
}
