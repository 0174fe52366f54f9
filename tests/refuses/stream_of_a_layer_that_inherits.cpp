// SPDX-License-Identifier: BSL-1.0
// expects: not_streamable<layer<1>, Louder, expects<frames_that_depend_on_no_later_frame>, got<Shape<20, 4>>
// expects: missing<member::claims_of>>
#include <kiln.hpp>
using Base = kiln::CausalConv1d<4, 3, 2>;
struct Louder : Base {
#ifdef REPAIRED
    using claims_of = Louder;
#endif
};
using M = kiln::Model<kiln::Sequential<kiln::Tanh, Louder>, kiln::Shape<20, 4>>;
int main() {
    static M model{kiln::Seed{42}};
    static const kiln::Prepared<M> prepared{model};
    return kiln::Stream<M>{prepared}.step({0, 0, 0, 0})[0] > 0 ? 1 : 0;
}
