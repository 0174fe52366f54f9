// SPDX-License-Identifier: BSL-1.0
// expects: Sharded needs a trainer, a number of shards, and a function that returns the data set of a shard, got others
#include <kiln.hpp>
#include <kiln/data/sharded.hpp>
using namespace kiln;
using M = Model<Linear<4, 3>, Shape<4>>;
using Vectors = data::Dataset<Shape<4>, float>;
int main() {
    M model{Seed{42}};
    Trainer<M, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{}};
    const auto open = [](int) { return Vectors({}, {}); };
#ifdef REPAIRED
    const data::Sharded train(trainer, 4, open);
#else
    const data::Sharded train(4, open);
#endif
}
