// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Upsample<0>, expects<positive_arguments>, got<Shape<1, 28, 28>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Upsample<1>;
#else
using Layer = kiln::Upsample<0>;
#endif
using Net = kiln::Model<kiln::Sequential<Layer, kiln::Flatten>, kiln::Shape<1, 28, 28>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
