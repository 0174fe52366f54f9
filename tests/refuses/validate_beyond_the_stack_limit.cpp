// SPDX-License-Identifier: BSL-1.0
// expects: fit with a validation set needs memory for a sample within the stack bytes of the model's plan
// expects: try Model<Net, In, Plan<BYTES>>
#include <kiln.hpp>
using Net = kiln::Sequential<kiln::Conv<1, 16, 3>, kiln::Tanh, kiln::GlobalAveragePool>;
#ifdef REPAIRED
using Big = kiln::Model<Net, kiln::Shape<1, 256, 256>, kiln::Plan<16 << 20>>;
#else
using Big = kiln::Model<Net, kiln::Shape<1, 256, 256>>;
#endif
int main() {
    static Big model{kiln::Seed{42}};
    static kiln::Trainer<Big, kiln::CrossEntropy, kiln::SGD, kiln::Batch<1>> trainer{model, {}};
    const kiln::data::Dataset<Big::Input> images({}, {});
    return trainer.fit(images, images).number;
}
