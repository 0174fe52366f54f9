// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Residual<>, expects<at_least_one_layer>, got<Shape<6>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Block = kiln::Residual<kiln::Linear<6, 6>>;
#else
using Block = kiln::Residual<>;
#endif
using M = kiln::Model<kiln::Sequential<kiln::Linear<4, 6>, Block>, kiln::Shape<4>>;
int main() {
    static M model{kiln::Seed{42}};
    static kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
