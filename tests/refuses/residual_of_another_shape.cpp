// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<at<layer<1>, the_join>, Add, expects<inputs_of_one_shape>, got<Shapes<Shape<6>, Shape<5>>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int outputs = 6;
#else
constexpr int outputs = 5;
#endif
using Block = kiln::Residual<kiln::Linear<6, 8>, kiln::ReLU, kiln::Linear<8, outputs>>;
using Net = kiln::Sequential<kiln::Linear<4, 6>, Block, kiln::Linear<outputs, 3>>;
using M = kiln::Model<Net, kiln::Shape<4>>;
int main() {
    static M model{kiln::Seed{42}};
    static kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
