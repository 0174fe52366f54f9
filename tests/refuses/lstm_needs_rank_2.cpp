// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, LSTM<3, 8>, expects<rank<2>>, got<Shape<1, 20, 3>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Input = kiln::Shape<20, 3>;
#else
using Input = kiln::Shape<1, 20, 3>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::LSTM<3, 8>, kiln::ReLU>, Input>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
