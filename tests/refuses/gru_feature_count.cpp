// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, GRU<4, 16>,
// expects: expects<frames_of<4>>, got<Shape<20, 3>>, try_this<GRU<3, 16>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::GRU<3, 16>;
#else
using Layer = kiln::GRU<4, 16>;
#endif
using Net = kiln::Model<kiln::Sequential<Layer, kiln::ReLU>, kiln::Shape<20, 3>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
