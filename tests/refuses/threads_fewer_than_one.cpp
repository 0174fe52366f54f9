// SPDX-License-Identifier: BSL-1.0
// expects: kiln: Trainer needs at least one thread, got fewer; try Threads<2>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Workers = Threads<2>;
#else
using Workers = Threads<0>;
#endif
using M = Model<Linear<4, 3>, Shape<4>>;
int main() {
    static M model{Seed{42}};
    static Trainer<M, CrossEntropy, SGD, Batch<64>, Workers> trainer{model, SGD{}};
    return trainer.threads;
}
