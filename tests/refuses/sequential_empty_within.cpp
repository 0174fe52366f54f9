// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Sequential<>, expects<at_least_one_layer>, got<Shape<8>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Block = kiln::Sequential<kiln::ReLU>;
#else
using Block = kiln::Sequential<>;
#endif
using Model = kiln::Model<kiln::Sequential<kiln::Linear<4, 8>, Block, kiln::Linear<8, 2>>, kiln::Shape<4>>;
int main() {
    static Model model{kiln::Seed{42}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
