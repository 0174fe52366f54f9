// SPDX-License-Identifier: BSL-1.0
// expects: not_streamable<layer<0>, Bidirectional<GRU<3, 8>>
// expects: expects<frames_that_depend_on_no_later_frame>, got<Shape<20, 3>>, try_this<GRU<3, 8>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::GRU<3, 16>;
#else
using Layer = kiln::Bidirectional<kiln::GRU<3, 8>>;
#endif
using M = kiln::Model<kiln::Sequential<Layer, kiln::Each<kiln::Linear<16, 2>>>, kiln::Shape<20, 3>>;
int main() {
    static M model{kiln::Seed{42}};
    static const kiln::Prepared<M> prepared{model};
    kiln::Stream<M> stream{prepared};
    return stream.step(kiln::Tensor<float, kiln::Shape<2, 3>>{})[0] > 0 ? 1 : 0;
}
