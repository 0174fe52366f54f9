// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<at<layer<1>, branch<0>, layer<1>>, Linear<9, 3>
// expects: expects<elements<9>>, got<Shape<8>>, try_this<Linear<8, 3
#include <kiln.hpp>
#ifdef REPAIRED
using Last = kiln::Linear<8, 3>;
#else
using Last = kiln::Linear<9, 3>;
#endif
using Block = kiln::Sum<kiln::Sequential<kiln::Linear<6, 8>, Last>, kiln::Linear<6, 3>>;
using M = kiln::Model<kiln::Sequential<kiln::Linear<4, 6>, Block>, kiln::Shape<4>>;
int main() {
    static M model{kiln::Seed{42}};
    static kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
