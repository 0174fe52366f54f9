// SPDX-License-Identifier: BSL-1.0
#pragma once
// Networks that one program writes as headers and another program includes, and the numbers that they must have.

#include <kiln/layers/activation.hpp>
#include <kiln/layers/attention.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/bidirectional.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/embedding.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/layers/position.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/sequential.hpp>

#include <limits>

#ifdef ANOTHER_NETWORK  // of the same shapes
using Activation = kiln::Tanh;
#else
using Activation = kiln::ReLU;
#endif

using CardNet = kiln::Sequential<kiln::Conv<1, 8, 3>, Activation, kiln::Pool<2>, kiln::Linear<8 * 13 * 13, 10>>;
using Card = kiln::Model<CardNet, kiln::Shape<1, 28, 28>>;

using Head =
    kiln::Sequential<kiln::Dropout<0.5>, kiln::Sequential<kiln::Linear<8, 4>, kiln::ELU<1e-3>>, kiln::Linear<4, 3>>;
using NestedNet = kiln::Sequential<kiln::Conv<1, 2, 3, 1, 0, 1, kiln::Bias::none>, kiln::BatchNorm<2, 0.1, 1e-5>,
                                   kiln::LeakyReLU<0.2>, Head>;
using Nested = kiln::Model<NestedNet, kiln::Shape<1, 4, 4>>;

using RecurrentNet = kiln::Sequential<kiln::Bidirectional<kiln::GRU<3, 4>>, kiln::LSTM<8, 5, kiln::FastGates>,
                                      kiln::Last, kiln::Linear<5, 3>>;
using Recurrent = kiln::Model<RecurrentNet, kiln::Shape<6, 3>>;

using WritingNet =
    kiln::Sequential<kiln::Embedding<7, 4>, kiln::Position<6, 4>, kiln::CausalAttention<2>, kiln::Conv1d<4, 6, 3, 1, 1>,
                     kiln::Each<kiln::Linear<6, 2>>, kiln::Attention<1>, kiln::Last>;
using Writing = kiln::Model<WritingNet, kiln::Tokens<7, 6>>;

using Single = kiln::Model<kiln::Linear<4, 2>, kiln::Shape<4>>;

/// Two inputs and two outputs, shared parameters, statistics within branches, and names that are not those of C++: a
/// space where a line may break, a word by which compilers call types without a name.
using BranchedNet =
    kiln::Graph<kiln::Input<"a picture">, kiln::Input<"extra">, kiln::Node<"stem", kiln::Conv<1, 4, 3>, "a picture">,
                kiln::Node<"block", kiln::Residual<kiln::Conv<4, 4, 3, 1, 1>, kiln::BatchNorm<4>, Activation>, "stem">,
                kiln::Node<"and once more", kiln::Shared<"block">, "block">,
                kiln::Node<"lambda()->", kiln::Linear<16, 5>, "and once more">,
                kiln::Node<"joined", kiln::Concat<>, "lambda()->", "extra">,
                kiln::Node<"class", kiln::Linear<8, 3>, "joined">,
                kiln::Node<"mean", kiln::Sequential<kiln::BatchNorm<8>, kiln::Linear<8, 1>>, "joined">,
                kiln::Output<"class", "mean">>;
using Branched = kiln::Model<BranchedNet, kiln::Shapes<kiln::Shape<1, 4, 4>, kiln::Shape<3>>>;

/// A model with different numbers everywhere, in its state too.
template <class M>
constexpr M filled(std::uint64_t seed) {
    M model;
    model.initialize(kiln::Seed{seed});
    kiln::Random random{kiln::Seed{seed + 1}};
    for (const auto& tensor : kiln::tensors<float>(model.state()))
        for (float& value : tensor) value = 0.5f + random.uniform();
    return model;
}
constexpr Single extreme() {
    using Limits = std::numeric_limits<float>;
    Single model;
    model.parameters().weight = {
        -0.0f,   Limits::denorm_min(), -Limits::denorm_min() * 77, Limits::min(), Limits::max(), 16'777'216, 1e10f,
        1.0f / 3};
    model.parameters().bias = {Limits::lowest(), Limits::epsilon()};
    return model;
}

template <class M>
constexpr kiln::Tensor<float, typename M::Input> sample() {
    kiln::Tensor<float, typename M::Input> x{};
    constexpr bool are_tokens = requires { requires M::Input::extents.values > 0; };
    constexpr int parts = are_tokens ? 1 : 7;
    for (int i = 0; i < x.count; ++i) x[i] = static_cast<float>(i % 7) / parts;
    return x;
}
