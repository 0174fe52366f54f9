// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, GRU<4, 8>, expects<frames_of<4>>, got<Shape<20, 3>>
#include <kiln.hpp>
#ifdef REPAIRED
using Layer = kiln::GRU<3, 8>;
#else
using Layer = kiln::GRU<4, 8>;
#endif
using M = kiln::Model<kiln::Sequential<Layer, kiln::Each<kiln::Linear<8, 2>>>, kiln::Shape<20, 3>>;
int main() {
    static M model{kiln::Seed{42}};
    static const kiln::Prepared<M> prepared{model};
    kiln::Stream<M> stream{prepared};
    return stream.step(kiln::Tensor<float, kiln::Shape<2, 3>>{})[0] > 0 ? 1 : 0;
}
