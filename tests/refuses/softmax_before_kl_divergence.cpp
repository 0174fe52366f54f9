// SPDX-License-Identifier: BSL-1.0
// expects: loss_mismatch<KLDivergence, expects<logarithms_of_probabilities>, got<Softmax>>
#include <kiln.hpp>
#ifdef REPAIRED
using Net = kiln::Sequential<kiln::Linear<4, 8>, kiln::ReLU, kiln::Sequential<kiln::Linear<8, 3>, kiln::LogSoftmax>>;
#else
using Net = kiln::Sequential<kiln::Linear<4, 8>, kiln::ReLU, kiln::Sequential<kiln::Linear<8, 3>, kiln::Softmax>>;
#endif
using M = kiln::Model<Net, kiln::Shape<4>>;
int main() {
    static M model{kiln::Seed{42}};
    static kiln::Trainer<M, kiln::KLDivergence, kiln::SGD, kiln::Batch<8>> trainer{model, {}};
    return trainer.step({}, {}) > 0;
}
