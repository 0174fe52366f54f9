// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<at<layer<1>, each_frame>, Linear<8, 3
// expects: expects<elements<8>>, got<Shape<16>>, try_this<Linear<16, 3>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Head = kiln::Each<kiln::Linear<16, 3>>;
#else
using Head = kiln::Each<kiln::Linear<8, 3>>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Each<kiln::Linear<4, 16>>, Head>, kiln::Shape<20, 4>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
