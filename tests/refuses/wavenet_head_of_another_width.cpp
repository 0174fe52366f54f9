// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<>, WaveNet<1, WaveNetStack<4, 3, 2
// expects: expects<head_as_wide_as_the_next_stack<0>>, got<Shape<20, 1>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using First = WaveNetStack<4, 2, 2, Dilations<1, 2>, Tanh>;
#else
using First = WaveNetStack<4, 3, 2, Dilations<1, 2>, Tanh>;
#endif
using Net = Model<WaveNet<1, First, WaveNetStack<2, 1, 2, Dilations<4>, Tanh>>, Shape<20, 1>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
