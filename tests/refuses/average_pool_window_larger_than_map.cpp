// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, AveragePool<8, 1, 1>, expects<map_of_at_least<6, 6>>, got<Shape<1, 5, 5>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::AveragePool<7, 1, 1>;
#else
using Layer = kiln::AveragePool<8, 1, 1>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Pool<5>, Layer, kiln::Flatten>, kiln::Shape<1, 28, 28>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
