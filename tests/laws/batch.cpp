// SPDX-License-Identifier: BSL-1.0
// flags: -O3
#define BOOST_TEST_MODULE laws.batch
#include <kiln/layers/bidirectional.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/over_time.hpp>
#include <kiln/layers/pool1d.hpp>
#include <kiln/layers/wavenet.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int classes = 5;
using Convolutional = Model<Sequential<Conv<1, 4, 3>, Tanh, Pool<2>, Linear<4 * 3 * 4, classes>>, Shape<1, 8, 11>>;
using Nested =
    Model<Sequential<Sequential<Linear<9, 7>, ReLU>, Sequential<Linear<7, 7>, Tanh>, Linear<7, classes>>, Shape<9>>;
// Its matrices are large enough for the plan to take several native vectors of samples at once.
using Wide = Model<Sequential<Linear<100, 96>, ReLU, Linear<96, classes>>, Shape<100>>;
using Recurrent =
    Model<Sequential<Bidirectional<GRU<3, 4>>, LSTM<8, 6>, GRU<6, 5>, Last, Linear<5, classes>>, Shape<7, 3>>;
using Temporal =
    Model<Sequential<Conv1d<3, 8, 3, 1, 1>, ReLU, CausalConv1d<8, 8, 3, 2>, Tanh,
                     WaveNet<8, WaveNetStack<4, 8, 2, Dilations<1, 2>, Tanh, Gates::sigmoid>>, Pool1d<2>,
                     Each<Sequential<Linear<8, 40>, ReLU, Linear<40, 6>>>, MeanOverTime, Linear<6, classes>>,
          Shape<20, 3>>;
using Models = std::tuple<Convolutional, Nested, Wide>;
// Its convolutions are wide enough for Winograd (kernels/winograd.hpp): alone, with pooling, and with pooling that
// Winograd does not do. So are their weights' gradients (kernels/winograd_weight_gradient.hpp).
using ByWinograd = Model<Sequential<Conv<1, 16, 3, 1, 1>, ReLU, Conv<16, 16, 3, 1, 1>, ReLU, Pool<2>,
                                    Conv<16, 17, 3, 1, 1>, Tanh, Conv<17, 16, 3, 1, 1>, Pool<4>, Linear<64, classes>>,
                         Shape<1, 16, 16>>;
// So is the first layer, whose input needs no gradient.
using WideInput = Model<Sequential<Conv<16, 16, 3, 1, 1>, ReLU, Pool<2>, Linear<16 * 4 * 4, classes>>, Shape<16, 8, 8>>;
// And convolutions with stride 2 (kernels/winograd_strided.hpp).
using Strided = Model<Sequential<Conv<16, 32, 3, 2, 1>, ReLU, Conv<32, 32, 3, 2, 1>, Tanh, Linear<512, classes>>,
                      Shape<16, 16, 16>>;
using Stepped = std::tuple<Convolutional, Nested, Wide, Recurrent, Temporal, ByWinograd, WideInput, Strided>;
// Its maps do not fit on the stack with one sample in each lane, so it is predicted in two sections.
using InTwo = Model<Sequential<Conv<2, 4, 3, 1, 1>, Tanh, Pool<4>, Linear<6400, classes>, Tanh>, Shape<2, 160, 160>,
                    Plan<1 << 20>>;
static_assert(Division<InTwo::Body, InTwo::Input, InTwo::Memory>::lanes > 0);
using Predicted = std::tuple<Convolutional, Nested, Wide, Recurrent, Temporal, ByWinograd, Strided, InTwo>;

constexpr SGD optimizer{.learning_rate = 0.1f, .momentum = 0.9f, .weight_decay = 0.01f};
template <class M, int Size, class E = training_element<typename M::Body, typename M::Input, Size>>
using Training = Trainer<M, CrossEntropy, SGD, Batch<Size>, E>;

// Sums of up to a hundred products, and of 64 samples, in other orders: each rounding 6e-8 of a partial sum.
constexpr double tolerance = 1e-5;

/// The mean loss of the first n samples and its gradients, in double, from one sample at a time.
template <class M>
struct Reference {
    Instance<typename M::Body, typename M::Input, double> net{1};
    double loss = 0;

    Reference(const M& model, const Samples<typename M::Input>& samples, int n) {
        const auto from = tensors<const float>(model.parameters());
        const auto to = tensors<double>(net.parameters);
        for (std::size_t k = 0; k < to.size(); ++k)
            for (int i = 0; i < to[k].count; ++i) to[k].data[i] = from[k].data[i];
        for (int s = 0; s < n; ++s) {
            net.x = lane_of(samples.inputs[static_cast<std::size_t>(s)], 0);
            net.forward();
            loss += CrossEntropy{}(net.y, {samples.labels[static_cast<std::size_t>(s)]}, 1.0 / n, net.dy);
            net.backward_without_dx();
        }
    }
    double gradient_error(const typename M::Parameters& gradients) const {
        const auto a = tensors<const float>(gradients);
        const auto b = tensors<const double>(net.gradients);
        double most = 0;
        for (std::size_t k = 0; k < a.size(); ++k) most = std::max(most, distance(a[k], b[k]));
        return most;
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(predicting_a_span_is_predicting_each_sample, M, Predicted) {
    const M model{Seed{1}};
    for (const int count : {0, 1, 5, 16, 17, 70, 130}) {
        const Samples<typename M::Input> samples(count, classes, 2);
        std::vector<Tensor<float, typename M::Output>> outputs(static_cast<std::size_t>(count));
        model.predict(samples.inputs, outputs);
        for (std::size_t i = 0; i < outputs.size(); ++i)
            BOOST_TEST(distance(outputs[i], model.predict(samples.inputs[i])) <= tolerance);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_step_takes_the_mean_of_the_gradients_of_its_samples, M, Stepped) {
    const Samples<typename M::Input> samples(64, classes, 3);
    for (const int n : {1, 5, 16, 17, 63, 64}) {
        M model{Seed{4}};
        const Reference<M> expected(model, samples, n);
        Training<M, 64> trainer{model, optimizer};
        const float loss = trainer.step(samples.first_inputs(n), samples.first_labels(n));
        BOOST_TEST(std::abs(loss - expected.loss) <= tolerance * expected.loss);
        BOOST_TEST(expected.gradient_error(trainer.gradients()) <= tolerance);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lanes_train_as_one_sample_after_the_other_does, M, Models) {
    const Samples<typename M::Input> samples(64, classes, 5);
    for (const int n : {1, 5, 17, 63, 64}) {
        M model{Seed{6}}, reference{Seed{6}};
        Training<M, 64> trainer{model, optimizer};
        Training<M, 64, float> scalar{reference, optimizer};
        for (int step = 0; step < 3; ++step) {
            const float loss = trainer.step(samples.first_inputs(n), samples.first_labels(n));
            const float expected = scalar.step(samples.first_inputs(n), samples.first_labels(n));
            BOOST_TEST(std::abs(loss - expected) <= tolerance * expected);
        }
        BOOST_TEST(record_distance<float>(model.parameters(), reference.parameters()) <= tolerance);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_batch_of_one_steps_on_its_sample, M, Models) {
    const Samples<typename M::Input> samples(1, classes, 7);
    M model{Seed{8}}, reference{Seed{8}};
    Training<M, 64> trainer{model, optimizer};
    Training<M, 1> single{reference, optimizer};
    const float loss = trainer.step(samples.inputs, samples.labels);
    BOOST_TEST(std::abs(loss - single.step(samples.inputs, samples.labels)) <= tolerance * loss);
    BOOST_TEST(record_distance<float>(model.parameters(), reference.parameters()) <= tolerance);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_short_batch_is_a_batch_of_its_size_bit_for_bit, M, Models) {
    using E = Lanes<float, 16>;
    const Samples<typename M::Input> samples(5, classes, 9);
    M model{Seed{10}}, reference{Seed{10}};
    Training<M, 64, E> trainer{model, optimizer};
    Training<M, 5, E> exact{reference, optimizer};
    for (int step = 0; step < 3; ++step)
        BOOST_TEST(trainer.step(samples.inputs, samples.labels) == exact.step(samples.inputs, samples.labels));
    BOOST_TEST(same_record(model.parameters(), reference.parameters()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_short_batch_reads_nothing_behind_its_samples, M, Models) {
    Samples<typename M::Input> samples(64, classes, 11);
    M model{Seed{12}}, reference{Seed{12}};
    Training<M, 64> trainer{model, optimizer}, other{reference, optimizer};
    const float loss = trainer.step(samples.first_inputs(5), samples.first_labels(5));
    for (std::size_t i = 5; i < 64; ++i) {
        samples.labels[i] = -1;
        for (float& value : samples.inputs[i]) value = std::numeric_limits<float>::quiet_NaN();
    }
    BOOST_TEST(other.step(samples.first_inputs(5), samples.first_labels(5)) == loss);
    BOOST_TEST(same_record(model.parameters(), reference.parameters()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lanes_of_weight_zero_contribute_exactly_nothing, M, Models) {
    using E = Lanes<float, 16>;
    constexpr int live = 5;
    const auto gradients_with_garbage = [](std::uint64_t seed) {
        Instance<typename M::Body, typename M::Input, E> net(1);
        Random random{Seed{seed}};
        std::array<int, 16> labels{};
        E weight(0.0f);
        for (int l = 0; l < 16; ++l) {
            labels[static_cast<std::size_t>(l)] = l < live ? l : random.below(classes);
            weight.v[l] = l < live ? 0.2f : 0.0f;
            for (E& value : net.x)
                if (l >= live) value.v[l] = random.uniform(-9, 9);
        }
        net.forward();
        const float loss = reduce(CrossEntropy{}(net.y, labels, weight, net.dy));
        net.backward();
        for (const E& slope : net.dx)
            for (int l = live; l < 16; ++l) BOOST_TEST(slope.v[l] == 0.0f);
        return std::pair{net.gradients, loss};
    };
    const auto [gradients, loss] = gradients_with_garbage(13);
    const auto [others, other_loss] = gradients_with_garbage(14);
    BOOST_TEST(same_record(gradients, others));
    BOOST_TEST(loss == other_loss);
    BOOST_TEST(loss > 0.0f);
}
