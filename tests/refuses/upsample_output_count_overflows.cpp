// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Upsample<2000>, expects<fewer_elements>, got<Shape<1, 28, 28>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Upsample<2>;
#else
using Layer = kiln::Upsample<2000>;
#endif
using Net = kiln::Model<kiln::Sequential<Layer, kiln::Flatten>, kiln::Shape<1, 28, 28>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
