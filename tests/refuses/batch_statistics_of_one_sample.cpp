// SPDX-License-Identifier: BSL-1.0
// expects: a network with batch statistics (BatchNorm) needs a lane for each sample of a batch
#include <kiln.hpp>
#ifdef REPAIRED
using Element = kiln::Lanes<float, 64>;
#else
using Element = kiln::Lanes<float, 32>;
#endif
using Net = kiln::Sequential<kiln::Linear<4, 2>, kiln::BatchNorm<2>>;
kiln::Model<Net, kiln::Shape<4>> model;
kiln::Trainer<decltype(model), kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>, Element> trainer{model, {}};
int main() { return trainer.step({}, {}) > 0; }
