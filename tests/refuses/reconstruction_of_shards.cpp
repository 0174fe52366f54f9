// SPDX-License-Identifier: BSL-1.0
// expects: a Reconstruction needs a data set of which every rank has all samples, got Sharded; try Sharded of
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
    return data::Reconstruction(train).size();
}
