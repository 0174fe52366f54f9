// SPDX-License-Identifier: BSL-1.0
// Prediction and streams make no system call: they cannot allocate, wait for a lock, or be put off by the system in any
// other way.
#define BOOST_TEST_MODULE model.real_time
#include <kiln/core/denormals.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/attention.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/stream.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "system_calls.hpp"

#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

using namespace kiln;

namespace {

using Images =
    Model<Sequential<Conv<1, 4, 3, 1, 1>, BatchNorm<4>, ReLU, Pool<2>, Linear<64, 10>, Softmax>, Shape<1, 8, 8>>;
using Sound =
    Model<Sequential<CausalConv1d<1, 4, 3, 2>, Tanh, Residual<CausalConv1d<4, 4, 3, 4>>, GRU<4, 8>, Each<Linear<8, 1>>>,
          Shape<64, 1>>;
using Words = Model<Sequential<Residual<LayerNorm<8>, CausalAttention<2>>, Last, Linear<8, 3>>, Shape<12, 8>>;
using Models = std::tuple<Images, Sound, Words>;

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(prediction_makes_no_system_call, M, Models) {
    const auto model = std::make_unique<M>(Seed{1});
    std::vector<Tensor<float, typename M::Input>> in(19);
    std::vector<Tensor<float, typename M::Output>> out(in.size());
    for (auto& x : in)
        for (int i = 0; i < x.count; ++i) x[i] = static_cast<float>(i % 7) - 3;
    const Outcome outcome = without_system_calls([&] {
        const auto y = model->predict(in[0]);
        model->predict(in, out);
        return y[0] == y[0] && out[18][0] == out[18][0];
    });
    BOOST_TEST((outcome == Outcome::clean || outcome == Outcome::cannot_be_tested));
}

// Blocks of any size, sixteen voices, and other numbers in between.
BOOST_AUTO_TEST_CASE(streams_make_no_system_call) {
    const auto model = std::make_unique<Sound>(Seed{2});
    const auto prepared = std::make_unique<Prepared<Sound>>(*model), other = std::make_unique<Prepared<Sound>>(*model);
    const auto stream = std::make_unique<Stream<Sound>>(*prepared);
    const auto voices = std::make_unique<Stream<Sound, Lanes<float, 16>>>(*prepared);
    std::vector<float> in(4096), out(4096);
    for (std::size_t t = 0; t < in.size(); ++t) in[t] = static_cast<float>(t % 7) - 3;
    const Outcome outcome = without_system_calls([&] {
        const FlushDenormals flush;
        float sum = stream->step({1})[0] + lane(voices->step({Lanes<float, 16>(0.5f)})[0], 3);
        for (const std::size_t count : {1, 2, 63, 64, 65, 1000, 4096}) {
            stream->step(std::span(in).first(count), std::span(out).first(count));
            stream->use(*other);
            sum += out[count - 1];
        }
        stream->reset();
        return sum == sum;
    });
    BOOST_TEST((outcome == Outcome::clean || outcome == Outcome::cannot_be_tested));
}

BOOST_AUTO_TEST_CASE(system_calls_are_found) {
    const Outcome outcome =
        without_system_calls([] { return std::printf("a call\n") > 0 && std::fflush(stdout) == 0; });
    BOOST_TEST((outcome == Outcome::system_call || outcome == Outcome::cannot_be_tested));
    const Outcome failed = without_system_calls([] { return false; });
    BOOST_TEST((failed == Outcome::failed || failed == Outcome::cannot_be_tested));
}
