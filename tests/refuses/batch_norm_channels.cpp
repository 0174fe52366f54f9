// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, BatchNorm<8
// expects: expects<channels<8>>, got<Shape<6, 5, 4>>, try_this<BatchNorm<6, real{1, -1}, real{1, -5}>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::BatchNorm<6>;
#else
using Layer = kiln::BatchNorm<8>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::ReLU, Layer>, kiln::Shape<6, 5, 4>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
