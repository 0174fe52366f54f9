// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Bidirectional<LSTM<3, 8, LearnedStart>>, expects<recurrent_layer>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using First = Bidirectional<LSTM<3, 8>>;
#else
using First = Bidirectional<LSTM<3, 8, LearnedStart>>;
#endif
using Net = Model<Sequential<First, ReLU>, Shape<20, 3>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
