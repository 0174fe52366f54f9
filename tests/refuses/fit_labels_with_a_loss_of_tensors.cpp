// SPDX-License-Identifier: BSL-1.0
// expects: fit needs targets that the loss compares with outputs (labels, or tensors of their shape), got others; try another loss
#include <kiln.hpp>
#ifdef REPAIRED
using Loss = kiln::CrossEntropy;
#else
using Loss = kiln::MeanSquaredError;
#endif
using Digits = kiln::Model<kiln::Linear<784, 10>, kiln::Shape<1, 28, 28>>;
int main() {
    static Digits model{kiln::Seed{42}};
    static kiln::Trainer<Digits, Loss, kiln::SGD, kiln::Batch<64>> trainer{model, {}};
    const kiln::data::Dataset<kiln::Shape<1, 28, 28>> images({}, {});
    return trainer.fit(images, {.epochs = 3}).loss < 1;
}
