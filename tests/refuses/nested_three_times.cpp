// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1, 2, 0>, Linear<9, 9>, expects<elements<9>>, got<Shape<8>>, try_this<Linear<8, 9>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int inputs = 8;
#else
constexpr int inputs = 9;
#endif
using Inner = kiln::Sequential<kiln::Linear<inputs, 9>, kiln::Tanh>;
using Block = kiln::Sequential<kiln::ReLU, kiln::ReLU, Inner>;
using Model = kiln::Model<kiln::Sequential<kiln::Linear<4, 8>, Block, kiln::Linear<9, 2>>, kiln::Shape<4>>;
static Model model{kiln::Seed{42}};
static kiln::Trainer<Model, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{model, {}};
int main() { return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({})); }
