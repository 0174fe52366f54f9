// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Linear<-784, 10>, expects<positive_arguments>, got<Shape<1, 28, 28>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Linear<784, 10>;
#else
using Layer = kiln::Linear<-784, 10>;
#endif
using Net = kiln::Model<kiln::Sequential<Layer>, kiln::Shape<1, 28, 28>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
