// SPDX-License-Identifier: BSL-1.0
// A recurrent network with a residual block, frame by frame and in spans of frames.
#include <kiln/layers/activation.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/stream.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include <span>

namespace kiln::compile_cost {
using Filter = Model<
    Sequential<CausalConv1d<1, 16, 3>, Tanh, Residual<CausalConv1d<16, 16, 3>, Tanh>, GRU<16, 16>, Each<Linear<16, 1>>>,
    Shape<32, 1>>;
void run(const Filter& filter, std::span<const float> x, std::span<float> y) {
    const Prepared<Filter> prepared{filter};
    Stream<Filter> stream{prepared};
    y[0] = stream.step({x[0]})[0];
    stream.step(x, y);
}
}  // namespace kiln::compile_cost
