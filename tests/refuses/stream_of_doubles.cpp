// SPDX-License-Identifier: BSL-1.0
// expects: not_streamable<expects<voices_of_floats>, got<double>>
#include <kiln.hpp>
#ifdef REPAIRED
using Number = float;
#else
using Number = double;
#endif
using M = kiln::Model<kiln::GRU<3, 8>, kiln::Shape<20, 3>>;
int main() {
    static M model{kiln::Seed{42}};
    static const kiln::Prepared<M> prepared{model};
    kiln::Stream<M, Number> stream{prepared};
    return stream.step(kiln::Tensor<Number, kiln::Shape<2, 3>>{})[0] > 0 ? 1 : 0;
}
