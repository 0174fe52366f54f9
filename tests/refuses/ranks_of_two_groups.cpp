// SPDX-License-Identifier: BSL-1.0
// expects: Trainer needs one group of ranks at most, got a second among its options; try one of them
#include <kiln.hpp>
#include <kiln/train/local_ranks.hpp>
using namespace kiln;
using M = Model<Linear<4, 3>, Shape<4>>;
#ifdef REPAIRED
using Training = Trainer<M, CrossEntropy, SGD, Batch<64>, LocalRanks::Rank>;
#else
using Training = Trainer<M, CrossEntropy, SGD, Batch<64>, LocalRanks::Rank, Threads<2>, LocalRanks::Rank>;
#endif
int main() { return Training::threads - 1; }
