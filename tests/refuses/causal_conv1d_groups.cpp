// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, CausalConv1d<6, 8, 3, 1, 4
// expects: expects<channels_divisible_by_groups>, got<Shape<20, 6>>
#include <kiln.hpp>
#ifdef REPAIRED
using First = kiln::CausalConv1d<6, 8, 3, 1, 2>;
#else
using First = kiln::CausalConv1d<6, 8, 3, 1, 4>;
#endif
using Net = kiln::Model<kiln::Sequential<First, kiln::Tanh>, kiln::Shape<20, 6>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
