// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Add, expects<inputs_of_one_shape>, got<Shape<6>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Net = kiln::Sum<kiln::Linear<4, 6>, kiln::Linear<4, 6>>;
#else
using Net = kiln::Sequential<kiln::Linear<4, 6>, kiln::Add>;
#endif
using M = kiln::Model<Net, kiln::Shape<4>>;
int main() {
    static M model{kiln::Seed{42}};
    static kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
