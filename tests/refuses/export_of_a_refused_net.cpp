// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Linear<9, 2>, expects<elements<9>>, got<Shape<8>>, try_this<Linear<8, 2>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Last = kiln::Linear<8, 2>;
#else
using Last = kiln::Linear<9, 2>;
#endif
using Net = kiln::Sequential<kiln::Linear<4, 8>, Last>;
int main() {
    static kiln::Model<Net, kiln::Shape<4>> model{kiln::Seed{42}};
    return kiln::io::describe(model).nodes.empty() ? 1 : 0;
}
