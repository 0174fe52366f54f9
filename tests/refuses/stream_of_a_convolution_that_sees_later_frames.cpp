// SPDX-License-Identifier: BSL-1.0
// expects: not_streamable<layer<0>, Conv1d<3, 4, 3, 1, 1
// expects: got<Shape<20, 3>>, try_this<CausalConv1d<3, 4, 3
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::CausalConv1d<3, 4, 3>;
#else
using Layer = kiln::Conv1d<3, 4, 3, 1, 1>;
#endif
using M = kiln::Model<kiln::Sequential<Layer, kiln::Tanh>, kiln::Shape<20, 3>>;
int main() {
    static M model{kiln::Seed{42}};
    static const kiln::Prepared<M> prepared{model};
    kiln::Stream<M> stream{prepared};
    return stream.step(kiln::Tensor<float, kiln::Shape<2, 3>>{})[0] > 0 ? 1 : 0;
}
