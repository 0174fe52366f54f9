// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<2>, Linear<1000, 10, Bias::none>, expects<elements<1000>>, got<Shape<8, 13, 13>>
// expects: try_this<Linear<1352, 10, Bias::none>>
#include <kiln.hpp>
#ifdef REPAIRED
using Last = kiln::Linear<1352, 10, kiln::Bias::none>;
#else
using Last = kiln::Linear<1000, 10, kiln::Bias::none>;
#endif
using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::Pool<2>, Last>;
int main() {
    static kiln::Model<Net, kiln::Shape<1, 28, 28>> model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
