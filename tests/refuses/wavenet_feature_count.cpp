// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, WaveNet<1, WaveNetStack<2, 1, 2
// expects: expects<frames_of<1>>, got<Shape<20, 3>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
constexpr int features = 1;
#else
constexpr int features = 3;
#endif
using Stack = WaveNetStack<2, 1, 2, Dilations<4>, Tanh>;
using Net = Model<Sequential<CausalConv1d<1, features, 2>, WaveNet<1, Stack>>, Shape<20, 1>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
