// SPDX-License-Identifier: BSL-1.0
// expects: batch statistics (BatchNorm) within a container without sections need a lane for each sample of a batch, got fewer lanes; try the Trainer without an element
#include <kiln.hpp>
#ifdef REPAIRED
using Element = kiln::Lanes<float, 64>;
#else
using Element = kiln::Lanes<float, 32>;
#endif
struct Own : kiln::Sequential<kiln::Linear<4, 2>, kiln::BatchNorm<2>> {};
kiln::Model<Own, kiln::Shape<4>> model;
kiln::Trainer<decltype(model), kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>, Element> trainer{model, {}};
int main() { return trainer.step({}, {}) > 0; }
