// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, GRU<3, 50000>, expects<fewer_elements>, got<Shape<20, 3>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::GRU<3, 50>;
#else
using Layer = kiln::GRU<3, 50000>;
#endif
using Net = kiln::Model<kiln::Sequential<Layer, kiln::ReLU>, kiln::Shape<20, 3>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
