// SPDX-License-Identifier: BSL-1.0
// expects: Trainer with a group of ranks among its options needs the group as its first argument, got the model
// expects: try Trainer{ranks, model
#include <kiln.hpp>
#include <kiln/train/local_ranks.hpp>
using namespace kiln;
using M = Model<Linear<4, 3>, Shape<4>>;
int main() {
    LocalRanks group{2};
    group.run([]([[maybe_unused]] LocalRanks::Rank& rank) {
        M model{Seed{42}};
#ifdef REPAIRED
        Trainer<M, CrossEntropy, SGD, Batch<64>, LocalRanks::Rank> trainer{rank, model, SGD{}};
#else
        Trainer<M, CrossEntropy, SGD, Batch<64>, LocalRanks::Rank> trainer{model, SGD{}};
#endif
    });
}
