// SPDX-License-Identifier: BSL-1.0
// expects: fit needs samples of the model's input shape, got another shape; try a Model of the samples' shape
#include <kiln.hpp>
#ifdef REPAIRED
using Image = kiln::Shape<1, 28, 28>;
#else
using Image = kiln::Shape<3, 32, 32>;
#endif
using Digits = kiln::Model<kiln::Sequential<kiln::Linear<784, 10>>, kiln::Shape<1, 28, 28>>;
int main() {
    static Digits model{kiln::Seed{42}};
    static kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{model, {}};
    const kiln::data::Dataset<Image> images({}, {});
    return trainer.fit(images, {.epochs = 3}).loss < 1;
}
