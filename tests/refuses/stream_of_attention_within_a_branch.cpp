// SPDX-License-Identifier: BSL-1.0
// expects: not_streamable<at<layer<1>, branch<0>>, Attention<1>
// expects: got<Shape<20, 3>>, try_this<CausalAttention<1>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::CausalAttention<1>;
#else
using Layer = kiln::Attention<1>;
#endif
using M = kiln::Model<kiln::Sequential<kiln::Tanh, kiln::Sum<Layer, kiln::GELU>>, kiln::Shape<20, 3>>;
int main() {
    static M model{kiln::Seed{42}};
    static const kiln::Prepared<M> prepared{model};
    kiln::Stream<M> stream{prepared};
    return stream.step(kiln::Tensor<float, kiln::Shape<2, 3>>{})[0] > 0 ? 1 : 0;
}
