// SPDX-License-Identifier: BSL-1.0
// expects: not_described<at<layer<1>, each_frame>, Louder, missing<member::claims_of>>
#include <kiln.hpp>
using Base = kiln::Linear<3, 3>;
struct Louder : Base {
#ifdef REPAIRED
    using claims_of = Louder;
#endif
};
using Net = kiln::Sequential<kiln::Tanh, kiln::Each<Louder>>;
int main() {
    static kiln::Model<Net, kiln::Shape<4, 3>> model{kiln::Seed{42}};
    return kiln::io::describe(model).nodes.empty() ? 1 : 0;
}
