// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Pool<3, 2, 2>, expects<padding_of_at_most_half_the_window>, got<Shape<1, 28, 28>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Pool<3, 2, 1>;
#else
using Layer = kiln::Pool<3, 2, 2>;
#endif
using Net = kiln::Model<kiln::Sequential<Layer, kiln::Flatten>, kiln::Shape<1, 28, 28>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
