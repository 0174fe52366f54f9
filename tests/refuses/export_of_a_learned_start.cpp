// SPDX-License-Identifier: BSL-1.0
// expects: not_described<layer<0>, LSTM<3, 8, LearnedStart>, missing<member::describe>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using First = LSTM<3, 8>;
#else
using First = LSTM<3, 8, LearnedStart>;
#endif
int main() {
    static Model<Sequential<First, ReLU>, Shape<4, 3>> model{Seed{42}};
    return io::describe(model).nodes.empty() ? 1 : 0;
}
