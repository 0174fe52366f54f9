// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Reshape<3, 5>, expects<elements<15>>, got<Shape<3, 4>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Reshape<4, 3>;
#else
using Layer = kiln::Reshape<3, 5>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::ReLU, Layer>, kiln::Shape<3, 4>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
