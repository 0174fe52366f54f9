// SPDX-License-Identifier: BSL-1.0
// flags: -ffp-contract=off
#define BOOST_TEST_MODULE laws.constant
#include <kiln/core/functions.hpp>
#include <kiln/layers/bidirectional.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/derived_activation.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/over_time.hpp>
#include <kiln/layers/wavenet.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"
#include "laws/networks.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <tuple>
#include <type_traits>

// A computation has the same bits in a constant as at run time, if the compiler does not contract a * b + c. Each
// computation below is made twice: as a constant, and from a seed that the compiler does not see. The computations are
// small enough for the default limits of constant evaluation (clang: a million steps).

using namespace kiln;
using namespace kiln::laws;

namespace {

template <class S>
using Bits = std::conditional_t<sizeof(S) == 4, std::uint32_t, std::uint64_t>;

/// The bits of every element of several tensors and records, one after the other, in a hash.
struct Digest {
    std::uint64_t hash = 0;
    int zeros = 0, count = 0;

    template <class E, class S>
    constexpr void add(const Tensor<E, S>& tensor) {
        for (const E& value : tensor)
            for (int l = 0; l < width<E>; ++l) add(lane(value, l));
    }
    template <class S, class R>
    constexpr void add_record(const R& record) {
        for (const Slice<const S>& slice : tensors<const S>(record))
            for (const S& value : slice) add(value);
    }
    template <class S>
        requires std::is_floating_point_v<S>
    constexpr void add(S value) {
        hash = kiln::hash(hash, std::bit_cast<Bits<S>>(value));
        zeros += value == 0;
        ++count;
    }
    friend constexpr bool operator==(const Digest&, const Digest&) = default;
};

/// The bits of y, dx and the gradients of one pass.
template <class L, class In, class E>
constexpr Digest pass(std::uint64_t seed) {
    Instance<L, In, E> layer(seed);
    layer.forward();
    layer.backward();
    Digest digest;
    digest.add(layer.y);
    digest.add(layer.dx);
    digest.template add_record<scalar_t<E>>(layer.gradients);
    return digest;
}

using Conv2 = Sequential<Conv<1, 2, 3>, ReLU, Pool<2>, Linear<2 * 2 * 1, 3>>;
using Padded = Sequential<Conv<1, 2, 3, 2, 1>, Tanh, Linear<2 * 3 * 2, 3>>;
using Recurrent = Sequential<Bidirectional<GRU<1, 2>>, LSTM<4, 3, FastGates>, Last, Linear<3, 3>>;
using Temporal = Sequential<CausalConv1d<1, 3, 2>, Tanh, WaveNet<3, WaveNetStack<2, 3, 2, Dilations<1, 2>, Tanh>>,
                            Each<Linear<3, 2>>, MeanOverTime, Linear<2, 3>>;
using Perceptron = Sequential<Linear<4, 5>, Tanh, Sequential<Linear<5, 3>>>;

// Layers whose derivatives are derived: from a slope that is kept, from y, and from x.
struct Swish {
    constexpr auto operator()(const auto& x) const { return x / (1 + math::exp(-x)); }
};
struct Wave {
    constexpr auto operator()(const auto& x) const { return 1.5f * math::tanh(x); }
};
struct Bent {
    constexpr auto operator()(const auto& x) const { return math::max(x, x * 0.25f); }
};
using Derived =
    Sequential<Linear<3, 5>, Activation<Swish>, Linear<5, 4>, Activation<Wave>, Activation<Bent>, Linear<4, 3>>;

/// The bits of a model that has been trained for some steps, of the losses on the way, and of a prediction.
template <class Net, class In, class E>
constexpr Digest training(std::uint64_t seed) {
    using M = Model<Net, In>;
    M model;
    model.initialize(Seed{seed});
    Trainer<M, CrossEntropy, SGD, Batch<4>, E> trainer{
        model, SGD{.learning_rate = 0.5f, .momentum = 0.9f, .weight_decay = 0.01f, .nesterov = true}};
    Random random{Seed{seed + 1}};
    std::array<Tensor<float, In>, 4> inputs{};
    for (auto& input : inputs) fill(input, random);
    constexpr std::array<int, 4> labels{0, 1, 2, 1};
    Digest digest;
    for (int step = 0; step < 3; ++step) digest.add(trainer.step(inputs, labels));
    digest.add(trainer.step(std::span(inputs).first(3), std::span(labels).first(3)));  // a short batch
    digest.add_record<float>(model.parameters());
    digest.add(model.predict(inputs[0]));
    return digest;
}

template <class Net, class InputShape, class Number>
struct Case {
    using E = Number;
    static constexpr auto passed = [](std::uint64_t seed) { return pass<Net, InputShape, Number>(seed); };
    static constexpr auto trained = [](std::uint64_t seed) {
        if constexpr (std::is_same_v<scalar_t<Number>, float>)
            return training<Net, InputShape, Number>(seed);
        else
            return Digest{};
    };
};

template <class E>
using Cases = std::tuple<Case<Conv2, Shape<1, 6, 5>, E>, Case<Padded, Shape<1, 5, 4>, E>, Case<Perceptron, Shape<4>, E>,
                         Case<Derived, Shape<3>, E>, Case<Recurrent, Shape<3, 1>, E>, Case<Temporal, Shape<4, 1>, E>>;
using AllCases = Joined<Cases<float>, Cases<Lanes<float, 4>>, Cases<double>, Cases<Lanes<double, 2>>>;
using TrainedCases = Joined<Cases<float>, Cases<Lanes<float, 4>>>;

volatile std::uint64_t run_time_seed = 1;

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_pass_has_the_same_bits_in_a_constant, C, AllCases) {
    constexpr Digest constant = C::passed(1);
    BOOST_TEST(constant.hash == C::passed(run_time_seed).hash);
    static_assert(constant.zeros < constant.count / 2);  // there is something to compare
}

BOOST_AUTO_TEST_CASE_TEMPLATE(training_has_the_same_bits_in_a_constant, C, TrainedCases) {
    constexpr Digest constant = C::trained(1);
    BOOST_TEST(constant.hash == C::trained(run_time_seed).hash);
    static_assert(constant.zeros < constant.count / 2 && constant != C::trained(2));
}

// Each function of core/math.hpp, every layer and every lane does the same; a batch prediction has a path of its own.
BOOST_AUTO_TEST_CASE(predicting_a_span_has_the_same_bits_in_a_constant) {
    constexpr auto predicted = [](std::uint64_t seed) {
        Model<Perceptron, Shape<4>> model;
        model.initialize(Seed{seed});
        Random random{Seed{seed + 1}};
        std::array<Tensor<float, Shape<4>>, 3> inputs{};
        for (auto& input : inputs) fill(input, random);
        std::array<Tensor<float, Shape<3>>, 3> outputs{};
        model.predict(inputs, outputs);
        Digest digest;
        for (const auto& output : outputs) digest.add(output);
        return digest;
    };
    constexpr Digest constant = predicted(1);
    BOOST_TEST(constant.hash == predicted(run_time_seed).hash);
}
