// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Linear<8, 0>, expects<positive_arguments>, got<Shape<8>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Linear<8, 1>;
#else
using Layer = kiln::Linear<8, 0>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Linear<4, 8>, Layer>, kiln::Shape<4>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
