// SPDX-License-Identifier: BSL-1.0
// expects: not_streamable<layer<1>, Linear<60, 2>
// expects: got<Shape<20, 3>>, try_this<Each<Linear<3, 2>>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::Each<kiln::Linear<3, 2>>;
#else
using Layer = kiln::Linear<60, 2>;
#endif
using M = kiln::Model<kiln::Sequential<kiln::Tanh, Layer>, kiln::Shape<20, 3>>;
int main() {
    static M model{kiln::Seed{42}};
    static const kiln::Prepared<M> prepared{model};
    kiln::Stream<M> stream{prepared};
    return stream.step(kiln::Tensor<float, kiln::Shape<2, 3>>{})[0] > 0 ? 1 : 0;
}
