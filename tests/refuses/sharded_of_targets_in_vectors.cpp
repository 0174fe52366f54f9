// SPDX-License-Identifier: BSL-1.0
// expects: Sharded needs data sets whose targets are labels or tensors, got others; try a Dataset in each shard
#include <kiln.hpp>
#include <kiln/data/sharded.hpp>
using namespace kiln;
struct Own : data::Dataset<Shape<4>, float> {
    using Dataset::Dataset;
#ifndef REPAIRED
    std::vector<int> target(int i) const { return {label(i)}; }
#endif
};
using M = Model<Linear<4, 3>, Shape<4>>;
int main() {
    M model{Seed{42}};
    Trainer<M, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{}};
    const data::Sharded train(trainer, 1, [](int) { return Own({}, {}); });
    return train.size();
}
