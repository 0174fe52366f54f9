// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Last, expects<a_sequence>, got<Shape<20>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Input = kiln::Shape<20, 3>;
#else
using Input = kiln::Shape<20>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Last, kiln::ReLU>, Input>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
