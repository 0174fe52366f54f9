// SPDX-License-Identifier: BSL-1.0
// expects: loss_mismatch<BinaryCrossEntropy, expects<logits>, got<Sigmoid>>
#include <kiln.hpp>
#ifdef REPAIRED
using Net = kiln::Sequential<kiln::Linear<4, 8>, kiln::ReLU, kiln::Sequential<kiln::Linear<8, 3>>>;
#else
using Net = kiln::Sequential<kiln::Linear<4, 8>, kiln::ReLU, kiln::Sequential<kiln::Linear<8, 3>, kiln::Sigmoid>>;
#endif
using M = kiln::Model<Net, kiln::Shape<4>>;
int main() {
    static M model{kiln::Seed{42}};
    static kiln::Trainer<M, kiln::BinaryCrossEntropy, kiln::SGD, kiln::Batch<8>> trainer{model, {}};
    return trainer.step({}, {}) > 0;
}
