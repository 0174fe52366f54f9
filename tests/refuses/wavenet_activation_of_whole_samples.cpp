// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<>, WaveNet<1, WaveNetStack<2, 1, 2
// expects: expects<activations_of_single_elements>, got<Shape<20, 1>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Between = HardSwish;
#else
using Between = Softmax;
#endif
using Net = Model<WaveNet<1, WaveNetStack<2, 1, 2, Dilations<4>, Between>>, Shape<20, 1>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
