// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Conv1d<8, 3, 5
// expects: expects<frames_of<8>>, got<Shape<18, 16>>, try_this<Conv1d<16, 3, 5
#include <kiln.hpp>
#ifdef REPAIRED
using Second = kiln::Conv1d<16, 3, 5>;
#else
using Second = kiln::Conv1d<8, 3, 5>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Conv1d<4, 16, 3>, Second>, kiln::Shape<20, 4>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
