// SPDX-License-Identifier: BSL-1.0
// expects: not_streamable<expects<a_sequence>, got<Shape<3>>>
#include <kiln.hpp>
#ifdef REPAIRED
using In = kiln::Shape<20, 3>;
#else
using In = kiln::Shape<3>;
#endif
using M = kiln::Model<kiln::Tanh, In>;
int main() {
    static M model{kiln::Seed{42}};
    static const kiln::Prepared<M> prepared{model};
    kiln::Stream<M> stream{prepared};
    return stream.step(kiln::Tensor<float, kiln::Shape<2, 3>>{})[0] > 0 ? 1 : 0;
}
