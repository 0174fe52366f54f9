// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, MeanOverTime
// expects: expects<a_sequence>, got<Shape<6>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Each<kiln::Linear<3, 6>>;
#else
using Layer = kiln::Linear<60, 6>;
#endif
using Net = kiln::Model<kiln::Sequential<Layer, kiln::MeanOverTime>, kiln::Shape<20, 3>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
