// SPDX-License-Identifier: BSL-1.0
// expects: not_a_layer<layer<1>, Each<BatchNorm<16
// expects: missing<member::forward>
#include <kiln.hpp>
#ifdef REPAIRED
using Norm = kiln::Each<kiln::LayerNorm<16>>;
#else
using Norm = kiln::Each<kiln::BatchNorm<16>>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Each<kiln::Linear<4, 16>>, Norm>, kiln::Shape<20, 4>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
