// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<2>, Conv<4, 16, 3, 1, 1
// expects: expects<channels<4>>, got<Shape<8, 13, 13>>, try_this<Conv<8, 16, 3, 1, 1
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int channels = 8;
#else
constexpr int channels = 4;
#endif
using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::Pool<2>, kiln::Conv<channels, 16, 3, 1, 1>, kiln::Flatten>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;
static_assert(Digits::parameter_count < 2000 && Digits::parameter_bytes <= 8000 && Digits::Output::count == 2704);
static Digits model{kiln::Seed{42}};
static kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<32>> trainer{model, {}};
int main() {
    kiln::Tensor<float, Digits::Input> images[2] = {};
    return trainer.step(images, {{3, 4}}) < 1;
}
