// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, GlobalAveragePool, expects<rank<3>>, got<Shape<784>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Tanh;
#else
using Layer = kiln::GlobalAveragePool;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Flatten, Layer, kiln::Flatten>, kiln::Shape<1, 28, 28>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
