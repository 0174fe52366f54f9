// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Pool1d<32
// expects: expects<frames_of_at_least<32>>, got<Shape<20, 6>>
#include <kiln.hpp>
#ifdef REPAIRED
using Pooling = kiln::Pool1d<2>;
#else
using Pooling = kiln::Pool1d<32>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Tanh, Pooling>, kiln::Shape<20, 6>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
