// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, LayerNorm<8
// expects: expects<last_sizes_multiply_to<8>>, got<Shape<6, 5, 4>>, try_this<LayerNorm<4, real{1, -5}>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::LayerNorm<20>;
#else
using Layer = kiln::LayerNorm<8>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::ReLU, Layer>, kiln::Shape<6, 5, 4>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
