// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Linear<100, 64>, expects<elements<100>>, got<Shape<128>>, try_this<Linear<128, 64>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int first = 128, second = 64;
#else
constexpr int first = 100, second = 32;
#endif
using Net = kiln::Sequential<kiln::Linear<784, 128>, kiln::Linear<first, 64>, kiln::Linear<second, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;
static_assert(Digits::parameter_count == 109'386);
int main() {
    static Digits model{kiln::Seed{42}};
    static kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
