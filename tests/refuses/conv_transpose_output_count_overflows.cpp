// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, ConvTranspose<1, 8, 3, 2000, 1, 1>, expects<fewer_elements>, got<Shape<1, 28, 28>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::ConvTranspose<1, 8, 3, 2, 1, 1>;
#else
using Layer = kiln::ConvTranspose<1, 8, 3, 2000, 1, 1>;
#endif
using Net = kiln::Model<kiln::Sequential<Layer, kiln::Flatten>, kiln::Shape<1, 28, 28>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
