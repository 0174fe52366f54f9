// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Attention<2>, expects<rank<2>>, got<Shape<48>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Frames = kiln::Shape<6, 8>;
#else
using Frames = kiln::Shape<48>;
#endif
using M = kiln::Model<kiln::Sequential<kiln::Attention<2>, kiln::Linear<48, 3>>, Frames>;
static M model{kiln::Seed{42}};
static kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{model, {}};
int main() { return trainer.step({}, {}) > 0; }
