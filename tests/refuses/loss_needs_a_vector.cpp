// SPDX-License-Identifier: BSL-1.0
// expects: loss_mismatch<CrossEntropy, expects<rank<1>>, got<Shape<8, 13, 13>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Last = kiln::Flatten;
#else
using Last = kiln::ReLU;
#endif
using Maps = kiln::Model<kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::Pool<2>, Last>, kiln::Shape<1, 28, 28>>;
int main() {
    static Maps model{kiln::Seed{42}};
    static kiln::Trainer<Maps, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{model, {}};
    const kiln::data::Dataset<Maps::Input> images({}, {});
    return trainer.step({}, {}) > trainer.fit(images).loss;
}
