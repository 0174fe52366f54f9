// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Conv<8, 12, 3, 1, 1, 3>, expects<channels_divisible_by_groups>, got<Shape<8, 26, 26>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Conv<8, 12, 3, 1, 1, 4>;
#else
using Layer = kiln::Conv<8, 12, 3, 1, 1, 3>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Conv<1, 8, 3>, Layer, kiln::Flatten>, kiln::Shape<1, 28, 28>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
