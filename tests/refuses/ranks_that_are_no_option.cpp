// SPDX-License-Identifier: BSL-1.0
// expects: Trainer needs the type of its group of ranks among its options, got another or none
// expects: try Trainer<
#include <kiln.hpp>
#include <kiln/train/local_ranks.hpp>
using namespace kiln;
using M = Model<Linear<4, 3>, Shape<4>>;
#ifdef REPAIRED
using Training = Trainer<M, CrossEntropy, SGD, Batch<64>, LocalRanks::Rank>;
#else
using Training = Trainer<M, CrossEntropy, SGD, Batch<64>>;
#endif
int main() {
    LocalRanks group{2};
    group.run([](LocalRanks::Rank& rank) {
        M model{Seed{42}};
        Training trainer{rank, model, SGD{}};
    });
}
