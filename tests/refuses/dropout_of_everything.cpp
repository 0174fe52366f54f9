// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Dropout<real{1, 0}>, expects<probability_below_one>, got<Shape<6, 5, 4>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Dropout<0.9>;
#else
using Layer = kiln::Dropout<1.0>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::ReLU, Layer>, kiln::Shape<6, 5, 4>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
