// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<expects<Shape<1, 3>>, got<Shape<2, 4>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Frames = kiln::Shape<2, 3>;
#else
using Frames = kiln::Shape<2, 4>;
#endif
using M = kiln::Model<kiln::GRU<3, 8>, kiln::Shape<20, 3>>;
int main() {
    static M model{kiln::Seed{42}};
    static const kiln::Prepared<M> prepared{model};
    kiln::Stream<M> stream{prepared};
    return stream.step(kiln::Tensor<float, Frames>{})[0] > 0 ? 1 : 0;
}
