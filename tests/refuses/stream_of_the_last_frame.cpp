// SPDX-License-Identifier: BSL-1.0
// expects: not_streamable<layer<1>, Last, expects<frames_that_depend_on_no_later_frame>
// expects: got<Shape<20, 8>>, try_this<Identity>>
#include <kiln.hpp>
#ifdef REPAIRED
using End = kiln::Identity;
#else
using End = kiln::Last;
#endif
using M = kiln::Model<kiln::Sequential<kiln::GRU<3, 8>, End>, kiln::Shape<20, 3>>;
int main() {
    static M model{kiln::Seed{42}};
    static const kiln::Prepared<M> prepared{model};
    kiln::Stream<M> stream{prepared};
    return stream.step(kiln::Tensor<float, kiln::Shape<2, 3>>{})[0] > 0 ? 1 : 0;
}
