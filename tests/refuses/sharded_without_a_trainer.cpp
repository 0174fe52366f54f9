// SPDX-License-Identifier: BSL-1.0
// expects: Sharded needs a trainer, whose passes say which shards this rank needs, got another type; try Sharded{trainer
#include <kiln.hpp>
#include <kiln/data/sharded.hpp>
using namespace kiln;
using M = Model<Linear<4, 3>, Shape<4>>;
using Vectors = data::Dataset<Shape<4>, float>;
int main() {
    M model{Seed{42}};
    Trainer<M, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{}};
#ifdef REPAIRED
    const auto& first = trainer;
#else
    const auto& first = model;
#endif
    const data::Sharded train(first, 4, [](int) { return Vectors({}, {}); });
    return train.size();
}
