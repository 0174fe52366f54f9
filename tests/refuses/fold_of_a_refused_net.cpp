// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<3>, Linear<100, 5>, expects<elements<100>>, got<Shape<4, 6, 6>>, try_this<Linear<144, 5>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Last = kiln::Linear<144, 5>;
#else
using Last = kiln::Linear<100, 5>;
#endif
using Net = kiln::Sequential<kiln::Conv<1, 4, 3>, kiln::BatchNorm<4>, kiln::ReLU, Last>;
int main() {
    static kiln::Model<Net, kiln::Shape<1, 8, 8>> model{kiln::Seed{42}};
    static const auto folded = kiln::fold(model);
    return folded.predict({})[0] > 0 ? 1 : 0;
}
