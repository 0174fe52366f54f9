// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Bidirectional<Linear<60, 8>>, expects<recurrent_layer>, got<Shape<20, 3>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Bidirectional<kiln::RNN<3, 8>>;
#else
using Layer = kiln::Bidirectional<kiln::Linear<60, 8>>;
#endif
using Net = kiln::Model<kiln::Sequential<Layer, kiln::ReLU>, kiln::Shape<20, 3>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
