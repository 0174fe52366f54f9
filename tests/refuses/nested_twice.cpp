// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<2, 0>, Conv<3, 16, 3, 1, 1
// expects: expects<channels<3>>, got<Shape<8, 13, 13>>, try_this<Conv<8, 16, 3, 1, 1
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int channels = 8;
#else
constexpr int channels = 3;
#endif
using Block = kiln::Sequential<kiln::Conv<channels, 16, 3, 1, 1>, kiln::ReLU>;
using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::Pool<2>, Block, kiln::Linear<16 * 13 * 13, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;
int main() {
    static Digits model{kiln::Seed{42}};
    static kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
