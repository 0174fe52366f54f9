// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<3>, Linear<1000, 10>, expects<elements<1000>>, got<Shape<8, 13, 13>>, try_this<Linear<1352, 10>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int inputs = 1352;
#else
constexpr int inputs = 1000;
#endif
using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::Pool<2>, kiln::Linear<inputs, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;
static_assert(Digits::parameter_count == 13'610 && Digits::multiply_adds == 62'192);
static Digits model{kiln::Seed{42}};
static kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{model, {}};
int main() { return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({})); }
