// SPDX-License-Identifier: BSL-1.0
// expects: evaluate on ranks needs a data set of which every rank has all samples, got Sharded; try a Dataset
#include <kiln.hpp>
#include <kiln/data/sharded.hpp>
#include <kiln/train/local_ranks.hpp>
using namespace kiln;
using M = Model<Linear<4, 3>, Shape<4>>;
using Vectors = data::Dataset<Shape<4>, float>;
void train(LocalRanks::Rank& rank, M& model) {
    Trainer<M, CrossEntropy, SGD, Batch<64>, LocalRanks::Rank> trainer{rank, model, SGD{}};
#ifdef REPAIRED
    const Vectors digits({}, {});
#else
    const data::Sharded digits(trainer, 4, [](int) { return Vectors({}, {}); });
#endif
    kiln::evaluate(rank, model, digits);
}
int main() {}
