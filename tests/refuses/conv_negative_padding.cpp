// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Conv<8, 8, 3, 1, -1
// expects: expects<positive_arguments>, got<Shape<8, 26, 26>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Conv<8, 8, 3, 1, 1>;
#else
using Layer = kiln::Conv<8, 8, 3, 1, -1>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Conv<1, 8, 3>, Layer>, kiln::Shape<1, 28, 28>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
