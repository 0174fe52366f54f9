// SPDX-License-Identifier: BSL-1.0
// expects: a Subset needs a data set of which every rank has all samples, got Sharded; try to set samples apart before
#include <kiln.hpp>
#include <kiln/data/sharded.hpp>
using namespace kiln;
using M = Model<Linear<4, 3>, Shape<4>>;
using Vectors = data::Dataset<Shape<4>, float>;
int main() {
    M model{Seed{42}};
    Trainer<M, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{}};
#ifdef REPAIRED
    const Vectors train({}, {});
#else
    const data::Sharded train(trainer, 4, [](int) { return Vectors({}, {}); });
#endif
    return data::Subset(train, {}).size();
}
