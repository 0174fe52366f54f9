// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, ConvTranspose<1, 8, 3, 2, 4, 1>, expects<map_of_at_least<4, 4>>, got<Shape<1, 3, 3>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::ConvTranspose<1, 8, 3, 2, 2, 1>;
#else
using Layer = kiln::ConvTranspose<1, 8, 3, 2, 4, 1>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Pool<8>, Layer, kiln::Flatten>, kiln::Shape<1, 28, 28>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
