// SPDX-License-Identifier: BSL-1.0
// expects: lengths_mismatch<KLDivergence, expects<a_loss_that_leaves_padding_out>, got<Shape<6, 4>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Loss = kiln::BinaryCrossEntropy;
#else
using Loss = kiln::KLDivergence;
#endif
using Frames = kiln::Tensor<float, kiln::Shape<6, 4>>;
using M = kiln::Model<kiln::ReLU, kiln::Shape<6, 4>>;
int main() {
    const Frames x[] = {{}};
    const int lengths[] = {3};
    static M model;
    static kiln::Trainer<M, Loss, kiln::SGD, kiln::Batch<8>> trainer{model, {}};
    return trainer.step(x, x, lengths) > 0;
}
