// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, RNN<3, 0>, expects<positive_arguments>, got<Shape<20, 3>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::RNN<3, 1>;
#else
using Layer = kiln::RNN<3, 0>;
#endif
using Net = kiln::Model<kiln::Sequential<Layer, kiln::ReLU>, kiln::Shape<20, 3>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
