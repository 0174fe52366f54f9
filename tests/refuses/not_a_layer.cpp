// SPDX-License-Identifier: BSL-1.0
// expects: not_a_layer<layer<1>, int, missing<member::shape>>
#include <kiln.hpp>
#ifdef REPAIRED
using Middle = kiln::Tanh;
#else
using Middle = int;
#endif
using Model = kiln::Model<kiln::Sequential<kiln::Linear<4, 8>, Middle, kiln::Linear<8, 2>>, kiln::Shape<4>>;
static_assert(Model::parameter_count == 58);
int main() {
    static Model model{kiln::Seed{42}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
