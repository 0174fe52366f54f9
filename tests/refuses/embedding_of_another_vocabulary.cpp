// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Embedding<50, 8>, expects<tokens_below<50>>, got<Tokens<60, 4>>
// expects: try_this<Embedding<60, 8>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int words = 50;
#else
constexpr int words = 60;
#endif
using M = kiln::Model<kiln::Sequential<kiln::Embedding<50, 8>, kiln::Position<4, 8>, kiln::Linear<32, 3>>,
                      kiln::Tokens<words, 4>>;
static M model{kiln::Seed{42}};
static kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{model, {}};
int main() { return trainer.step({}, {}) > 0; }
