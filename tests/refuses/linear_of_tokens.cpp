// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Linear<8, 3>, expects<real_numbers>, got<Tokens<50, 8>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Text = kiln::Shape<8>;
#else
using Text = kiln::Tokens<50, 8>;
#endif
using M = kiln::Model<kiln::Sequential<kiln::Linear<8, 3>, kiln::Tanh>, Text>;
static M model{kiln::Seed{42}};
static kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{model, {}};
int main() { return trainer.step({}, {}) > 0; }
