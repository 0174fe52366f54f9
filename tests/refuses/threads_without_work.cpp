// SPDX-License-Identifier: BSL-1.0
// expects: Threads needs for each thread as many samples of the batch as the element has lanes, got fewer
// expects: try fewer threads
#include <kiln.hpp>
#ifdef REPAIRED
using Batch = kiln::Batch<64>;
#else
using Batch = kiln::Batch<8>;
#endif
using Model = kiln::Model<kiln::Sequential<kiln::Linear<4, 2>>, kiln::Shape<4>>;
using Trainer = kiln::Trainer<Model, kiln::CrossEntropy, kiln::SGD, Batch, kiln::Threads<3>, kiln::Lanes<float, 4>>;
int main() {
    static Model model{kiln::Seed{42}};
    static Trainer trainer{model, {}};
    return trainer.step({}, {}) > 0;
}
