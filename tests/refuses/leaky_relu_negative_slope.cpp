// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, LeakyReLU<real{-1, -2}>, expects<positive_arguments>, got<Shape<64>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Middle = kiln::LeakyReLU<0.01>;
#else
using Middle = kiln::LeakyReLU<-0.01>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Linear<16, 64>, Middle, kiln::Linear<64, 4>>, kiln::Shape<16>>;
static_assert(Net::parameter_count == 1348);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}
