// SPDX-License-Identifier: BSL-1.0
// Samples of different lengths on their way through steps, fit, evaluate and predict.
#define BOOST_TEST_MODULE train.detail.lengths
#include <kiln/core/dual.hpp>
#include <kiln/data/loader.hpp>
#include <kiln/data/sequences.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/over_time.hpp>
#include <kiln/layers/pool1d.hpp>
#include <kiln/losses/binary_cross_entropy.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/losses.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/recording.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/hessian_product.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"
#include "laws/sequences.hpp"
#include "refusal.hpp"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int T = 6, samples = 21;  // with a short batch, and lanes without a sample

template <class M>
auto values_of(const M& model) {
    std::vector<float> values;
    for (const auto& tensor : tensors<const float>(model.parameters()))
        values.insert(values.end(), tensor.begin(), tensor.end());
    return values;
}

/// Random sequences of random lengths; padding is random as well, between -padding and padding.
template <class Target>
struct Data {
    using Input = Shape<T, 3>;
    std::vector<Tensor<float, Input>> inputs;
    std::vector<Target> targets;
    std::vector<int> lengths;

    Data(float padding, auto draw_target) {
        Random random{Seed{5}}, other{Seed{static_cast<std::uint64_t>(padding) + 9}};
        for (int i = 0; i < samples; ++i) {
            lengths.push_back(1 + random.below(T));
            fill(inputs.emplace_back(), random);
            for (int k = 3 * lengths.back(); k < Input::count; ++k) inputs.back()[k] = other.uniform(-padding, padding);
            targets.push_back(draw_target(random, other, lengths.back()));
        }
    }
    int size() const { return samples; }
    float scale() const { return 1; }
    const Tensor<float, Input>& sample(int i) const { return inputs[static_cast<std::size_t>(i)]; }
    const Target& target(int i) const { return targets[static_cast<std::size_t>(i)]; }
    int length(int i) const { return lengths[static_cast<std::size_t>(i)]; }
};

// One label for a sequence, a label for each frame that is left, and values for each frame that is left.
using Classifier =
    Model<Sequential<Each<Linear<3, 4>>, EveryOther, FromTheEnd, MeanOverTime, Linear<4, 3>>, Shape<T, 3>>;
using Tagger = Model<Sequential<Each<Linear<3, 4>>, FromTheEnd, EveryOther, Each<Linear<4, 3>>>, Shape<T, 3>>;
using Labels = Tensor<int, Shape<T / 2>>;
using Curve = Tensor<float, Shape<T / 2, 3>>;

Data<int> classified(float padding) {
    return {padding, [](Random& random, Random&, int) { return random.below(3); }};
}
Data<Labels> tagged(float padding) {
    return {padding, [](Random& random, Random& other, int length) {
                Labels labels;
                for (int t = 0; t < T / 2; ++t) {
                    const int label = random.below(4) - 1;
                    labels[t] = t < (length + 1) / 2 ? (t == 0 ? 1 : label) : other.below(3);
                }
                return labels;
            }};
}
Data<Curve> drawn(float padding) {
    return {padding, [](Random& random, Random& other, int length) {
                Curve curve;
                for (int k = 0; k < Curve::count; ++k) {
                    const float value = random.uniform(-1, 1);
                    curve[k] = k < 3 * ((length + 1) / 2) ? value : other.uniform(-1, 1);
                }
                return curve;
            }};
}
Data<Curve> answered(float padding) {
    Data<Curve> data = drawn(padding);
    for (Curve& curve : data.targets)
        for (float& value : curve) value = value > 0 ? 1.0f : 0.0f;
    return data;
}

template <class M, class Loss, class Element, class... Options>
std::vector<float> trained(const auto& data, const Loss& loss) {
    M model{Seed{1}};
    Trainer<M, Loss, SGD, Batch<16>, Element, Options...> trainer{model, {.learning_rate = 0.1f}, loss};
    trainer.fit(data, data, {.epochs = 2, .shuffle = false});
    return values_of(model);
}

// The mean loss and its gradient, one sample after the other, from recordings of plain floats.
template <class M, class Loss>
float loss_by_hand(const M& model, const auto& data, const Loss& loss, typename M::Gradients& gradients) {
    constexpr bool sequence = M::Output::rank == 2;
    const auto frames = [&](int i) { return (data.length(i) + 1) / 2; };
    const auto masked = [&](int i) {
        auto target = data.target(i);
        if constexpr (std::is_same_v<decltype(target), Labels>)
            for (int t = frames(i); t < T / 2; ++t) target[t] = -1;
        return target;
    };
    const auto share = [&](int i) {
        if constexpr (requires { loss.share(masked(0)); }) return loss.share(masked(i));
        return sequence ? static_cast<float>(frames(i)) / (T / 2) : 1.0f;
    };
    float shares = 0, sum = 0;
    for (int i = 0; i < data.size(); ++i) shares += share(i);
    auto pass = std::make_unique<Recording<M>>();
    gradients = {};
    for (int i = 0; i < data.size(); ++i) {
        const int length = data.length(i), after = frames(i);
        pass->x = data.sample(i);
        pass->forward(model, 0, 1, 0, &length);
        Tensor<float, typename M::Output> dy;
        const Pass of_output{.lengths = &after};
        if constexpr (sequence && !std::is_same_v<std::remove_cvref_t<decltype(masked(0))>, Labels>)
            sum += loss(pass->y, masked(i), 1 / shares, dy, of_output);
        else if constexpr (sequence)
            sum += loss(pass->y, masked(i), 1 / shares, dy);
        else
            sum += loss(pass->y, {masked(i)}, 1 / shares, dy);
        pass->backward(model, dy, gradients);
    }
    return sum;
}

template <class M, class Loss>
void require_all(auto make, const Loss& loss = {}) {
    const auto data = make(1.0f), other = make(1e4f);
    // Padding, of samples and of targets, changes no bit, on one thread or two, with any lanes.
    const auto expected = trained<M, Loss, Lanes<float, 4>>(data, loss);
    BOOST_TEST((trained<M, Loss, Lanes<float, 4>>(other, loss) == expected));
    BOOST_TEST((trained<M, Loss, Lanes<float, 4>, Threads<2>>(data, loss) == expected));
    const auto by_float = trained<M, Loss, float>(data, loss);
    for (std::size_t k = 0; k < expected.size(); ++k) BOOST_TEST(std::abs(by_float[k] - expected[k]) < 1e-4f);

    // The loss and its gradient are those of one sample after the other.
    const M model{Seed{1}};
    typename M::Gradients gradients;
    const float by_hand = loss_by_hand(model, data, loss, gradients);
    M learning = model;
    Trainer<M, Loss, SGD, Batch<32>> trainer{learning, {.learning_rate = 0}, loss};
    BOOST_TEST(std::abs(trainer.step(data.inputs, data.targets, data.lengths) - by_hand) < 1e-5f);
    const auto found = tensors<const float>(trainer.gradients()), wanted = tensors<const float>(gradients);
    for (std::size_t k = 0; k < found.size(); ++k)
        for (int i = 0; i < found[k].count; ++i) BOOST_TEST(std::abs(found[k].data[i] - wanted[k].data[i]) < 1e-5f);
    trainer.discard();
    BOOST_TEST(std::abs(trainer.accumulate(data.inputs, data.targets, data.lengths) - by_hand) < 1e-5f);
    trainer.discard();

    // fit, with a loader too, evaluate and validation agree on loss and figures.
    const auto result = evaluate(model, data, loss);
    BOOST_TEST(std::abs(result.loss - by_hand) < 1e-5f);
    const Epoch epoch = trainer.fit(data, data, {.shuffle = false});
    BOOST_TEST(std::abs(epoch.loss - by_hand) < 1e-5f);
    BOOST_TEST(std::abs(epoch.validation_loss - by_hand) < 1e-5f);
    if constexpr (requires { result.accuracy; }) {
        BOOST_TEST(std::abs(epoch.accuracy - result.accuracy) < 1e-6f);
        BOOST_TEST(std::abs(epoch.validation_accuracy - result.accuracy) < 1e-6f);
    }
    if constexpr (requires { result.mean_absolute_error; }) {
        BOOST_TEST(std::abs(epoch.error - result.mean_absolute_error) < 1e-5f);
        BOOST_TEST(std::abs(epoch.validation_error - result.mean_absolute_error) < 1e-5f);
    }
    data::Loader loader(data, {.batch = 32, .shuffle = false});
    BOOST_TEST(std::abs(trainer.fit(loader).loss - by_hand) < 1e-5f);

    // Predictions: of many samples, of many on two threads, and of one.
    std::vector<Tensor<float, typename M::Output>> y(samples), threaded(samples);
    model.predict(data.inputs, y, data.lengths);
    Threads<2> threads;
    model.predict(other.inputs, threaded, data.lengths, threads);
    for (int i = 0; i < samples; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const auto one = model.predict(data.sample(i), data.length(i));
        const int count = M::Output::rank == 2 ? (data.length(i) + 1) / 2 * M::Output::extents[1] : M::Output::count;
        for (int k = 0; k < count; ++k) {
            BOOST_TEST(y[at][k] == threaded[at][k]);
            BOOST_TEST(std::abs(y[at][k] - one[k]) < 1e-5f);
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_label_of_a_sequence_is_learned_from_the_frames_that_there_are) {
    require_all<Classifier, CrossEntropy>(classified);
    require_all<Classifier>(classified, WeightedCrossEntropy<3>{.class_weights = {1, 2, 0.5f}});
}

BOOST_AUTO_TEST_CASE(labels_of_frames_are_learned_up_to_the_length) {
    require_all<Tagger, CrossEntropy>(tagged);
    require_all<Tagger>(tagged, WeightedCrossEntropy<3>{.class_weights = {1, 2, 0.5f}});
}

BOOST_AUTO_TEST_CASE(values_of_frames_are_learned_up_to_the_length) {
    require_all<Tagger, MeanSquaredError>(drawn);
    require_all<Tagger, BinaryCrossEntropy>(answered);
}

BOOST_AUTO_TEST_CASE(figures_count_the_frames_that_there_are) {
    const auto data = tagged(1);
    const Tagger model{Seed{1}};
    const auto result = evaluate(model, data);
    int frames = 0, right = 0;
    for (int i = 0; i < samples; ++i) {
        const auto y = model.predict(data.sample(i), data.length(i));
        for (int t = 0; t < (data.length(i) + 1) / 2; ++t) {
            if (data.target(i)[t] < 0) continue;
            int best = 0;
            for (int k = 1; k < 3; ++k) best = y(t, k) > y(t, best) ? k : best;
            ++frames;
            right += best == data.target(i)[t];
        }
    }
    BOOST_TEST(result.frames == frames);
    BOOST_TEST(std::abs(result.accuracy - static_cast<float>(right) / static_cast<float>(frames)) < 1e-6f);
}

BOOST_AUTO_TEST_CASE(errors_and_answers_count_in_the_frames_that_there_are) {
    const auto values = drawn(1e4f);
    const auto answers = answered(1e4f);
    const Tagger model{Seed{1}};
    double absolute = 0, square = 0;
    int count = 0, right = 0, all_right = 0;
    for (int i = 0; i < samples; ++i) {
        const auto y = model.predict(values.sample(i), values.length(i));
        const int before = right, elements = 3 * ((values.length(i) + 1) / 2);
        for (int k = 0; k < elements; ++k) {
            const double error = double(y[k]) - double(values.target(i)[k]);
            absolute += std::abs(error);
            square += error * error;
            right += (y[k] > 0) == (answers.target(i)[k] > 0.5f);
        }
        count += elements;
        all_right += right - before == elements;
    }
    const auto result = evaluate(model, values, MeanSquaredError{});
    BOOST_TEST(std::abs(result.mean_absolute_error - absolute / count) < 1e-5);
    BOOST_TEST(std::abs(result.root_mean_square_error - std::sqrt(square / count)) < 1e-5);
    BOOST_TEST(std::isfinite(result.values[2].r_squared));
    const auto labels = evaluate(model, answers, BinaryCrossEntropy{});
    BOOST_TEST(std::abs(labels.accuracy - static_cast<float>(right) / static_cast<float>(count)) < 1e-6f);
    BOOST_TEST(std::abs(labels.exact_match - static_cast<float>(all_right) / samples) < 1e-6f);
}

BOOST_AUTO_TEST_CASE(a_product_with_the_hessian_leaves_padding_out) {
    const auto data = tagged(1), other = tagged(1e4f);
    const Tagger model{Seed{1}};
    Tagger::Parameters direction = Tagger{Seed{2}}.parameters();
    const auto hessian = std::make_unique<HessianProduct<Tagger, CrossEntropy>>();
    const auto first = (*hessian)(model, data.inputs, data.targets, direction, data.lengths);
    typename Tagger::Gradients gradients;
    BOOST_TEST(std::abs(first.loss - loss_by_hand(model, data, CrossEntropy{}, gradients)) < 1e-5f);
    const auto second = (*hessian)(model, other.inputs, other.targets, direction, data.lengths);
    BOOST_TEST(first.loss == second.loss);
    const auto a = tensors<const float>(first.product), b = tensors<const float>(second.product),
               gradient = tensors<const float>(first.gradient), wanted = tensors<const float>(gradients);
    for (std::size_t k = 0; k < a.size(); ++k)
        for (int i = 0; i < a[k].count; ++i) {
            BOOST_TEST(a[k].data[i] == b[k].data[i]);
            BOOST_TEST(std::abs(gradient[k].data[i] - wanted[k].data[i]) < 1e-5f);
        }
}

BOOST_AUTO_TEST_CASE(several_inputs_have_one_length_and_several_outputs_their_own) {
    using Net = Graph<Input<"a">, Input<"b">, Node<"x", FromTheEnd, "a">, Node<"half", EveryOther, "x">,
                      Node<"tags", Each<Linear<3, 3>>, "half">, Node<"mean", MeanOverTime, "b">,
                      Node<"curve", Each<Linear<3, 2>>, "x">, Output<"tags", "mean", "curve">>;
    using In = Shapes<Shape<T, 3>, Shape<T, 2>>;
    using M = Model<Net, In>;
    using Target = SeveralTargets<Labels, Tensor<float, Shape<2>>, Tensor<float, Shape<T, 2>>>;
    using Loss = Losses<CrossEntropy, MeanSquaredError, MeanSquaredError>;
    std::vector<Tensor<float, In>> inputs(8), padded(8);
    std::vector<Target> targets(8);
    std::vector<int> lengths;
    Random random{Seed{3}};
    double tags = 0, means = 0, curves = 0, tag_frames = 0, frames = 0;
    const M model{Seed{1}};
    for (std::size_t i = 0; i < 8; ++i) {
        const int n = 1 + random.below(T);
        lengths.push_back(n);
        fill(inputs[i], random);
        for (int t = 0; t < T / 2; ++t) targets[i].get<0>()[t] = random.below(4) - 1;
        targets[i].get<0>()[0] = 2;
        fill(targets[i].get<1>(), random);
        fill(targets[i].get<2>(), random);
        padded[i] = inputs[i];
        for (int t = n; t < T; ++t) {
            for (int f = 0; f < 3; ++f) padded[i].get<0>()(t, f) = 1e4f;
            for (int f = 0; f < 2; ++f) padded[i].get<1>()(t, f) = -1e4f;
        }
        const auto y = model.predict(inputs[i], n);
        for (int t = 0; t < (n + 1) / 2; ++t)
            if (const int label = targets[i].get<0>()[t]; label >= 0) {
                double sum = 0;
                for (int k = 0; k < 3; ++k) sum += std::exp(double(y.get<0>()(t, k)));
                tags += std::log(sum) - double(y.get<0>()(t, label));
                ++tag_frames;
            }
        for (int k = 0; k < 2; ++k) means += std::pow(double(y.get<1>()[k]) - double(targets[i].get<1>()[k]), 2) / 2;
        for (int k = 0; k < 2 * n; ++k)
            curves += std::pow(double(y.get<2>()[k]) - double(targets[i].get<2>()[k]), 2) / 2;
        frames += n;
    }
    const double expected = tags / tag_frames + 0.5 * means / 8 + 2 * curves / frames;
    const Loss loss{Weighted{CrossEntropy{}, 1.0f}, Weighted{MeanSquaredError{}, 0.5f},
                    Weighted{MeanSquaredError{}, 2.0f}};
    M first = model, second = model;
    Trainer<M, Loss, SGD, Batch<8>> a{first, {.learning_rate = 0.1f}, loss}, b{second, {.learning_rate = 0.1f}, loss};
    const float found = a.step(inputs, targets, lengths);
    BOOST_TEST(std::abs(found - expected) < 1e-5 * (1 + expected));
    BOOST_TEST(b.step(padded, targets, lengths) == found);
    BOOST_TEST((values_of(first) == values_of(second)));

    struct Pairs {
        using Input = In;
        const std::vector<Tensor<float, In>>& inputs;
        const std::vector<Target>& targets;
        const std::vector<int>& lengths;
        int size() const { return 8; }
        float scale() const { return 1; }
        const Tensor<float, In>& sample(int i) const { return inputs[static_cast<std::size_t>(i)]; }
        const Target& target(int i) const { return targets[static_cast<std::size_t>(i)]; }
        int length(int i) const { return lengths[static_cast<std::size_t>(i)]; }
    } const data{padded, targets, lengths};
    const auto result = evaluate(model, data, loss);
    BOOST_TEST(std::abs(result.loss - expected) < 1e-5 * (1 + expected));
    BOOST_TEST(result.get<0>().frames == tag_frames);
    M still = model;
    Trainer<M, Loss, SGD, Batch<8>> trainer{still, {.learning_rate = 0}, loss};
    const Epoch epoch = trainer.fit(data, data);
    BOOST_TEST(std::abs(epoch.loss - expected) < 1e-5 * (1 + expected));
    BOOST_TEST(std::abs(epoch.validation_loss - expected) < 1e-5 * (1 + expected));
}

BOOST_AUTO_TEST_CASE(a_length_that_no_sample_can_have_is_refused) {
    Classifier model{Seed{1}};
    const auto before = values_of(model);
    Trainer<Classifier, CrossEntropy, SGD, Batch<32>> trainer{model, {}};
    for (const int wrong : {0, -3, T + 1}) {
        auto data = classified(1);
        data.lengths[7] = wrong;
        BOOST_TEST(std::isnan(trainer.step(data.inputs, data.targets, data.lengths)));
        const std::string what = "needs lengths in 1 … 6, got " + std::to_string(wrong) + " for sample 7";
        BOOST_TEST(refusal([&] { trainer.fit(data); }) == "kiln: fit " + what + "; look at the data");
        const auto right = classified(1);
        BOOST_TEST(refusal([&] { trainer.fit(right, data, {.epochs = 0}); }) ==
                   "kiln: fit " + what + " of the validation set; look at the data");
        BOOST_TEST(refusal([&] { evaluate(model, data); }) == "kiln: evaluate " + what + "; look at the data");
        data::Loader loader(data, {.batch = 32, .shuffle = false});
        BOOST_TEST(refusal<TrainingError>([&] {
                       trainer.fit(loader);
                   }).find("the length of sample 7 of the batch is " + std::to_string(wrong) + ", not in 1 … 6") !=
                   std::string::npos);
    }
    BOOST_TEST((values_of(model) == before));
}

BOOST_AUTO_TEST_CASE(labels_of_padding_alone_are_no_labels) {
    Tagger model{Seed{1}};
    Trainer<Tagger, CrossEntropy, SGD, Batch<32>> trainer{model, {}};
    auto data = tagged(1);
    for (std::size_t i = 0; i < data.targets.size(); ++i) {
        data.lengths[i] = 4;
        data.targets[i] = {-1, -1, 2};  // a sample of 4 frames has an output of 2
    }
    BOOST_TEST(trainer.step(data.inputs, data.targets, data.lengths) == 0);
    BOOST_TEST(trainer.steps() == 0);
    BOOST_TEST(refusal([&] { trainer.fit(data); }) ==
               "kiln: fit needs a label of at least one frame, got -1 for all that count; look at the labels");
    data.lengths[3] = 5;
    BOOST_TEST(std::isfinite(trainer.fit(data).loss));
}

BOOST_AUTO_TEST_CASE(a_length_that_leaves_a_layer_without_frames_is_refused) {
    using Windowed = Model<Sequential<Conv1d<3, 4, 3>, Pool1d<2>, MeanOverTime, Linear<4, 3>>, Shape<T, 3>>;
    Windowed model{Seed{1}};
    Trainer<Windowed, CrossEntropy, SGD, Batch<32>> trainer{model, {}};
    auto data = classified(1);
    for (int& length : data.lengths) length = length < 4 ? 4 : length;
    BOOST_TEST(std::isfinite(trainer.step(data.inputs, data.targets, data.lengths)));
    data.lengths[7] = 3;
    BOOST_TEST(std::isnan(trainer.step(data.inputs, data.targets, data.lengths)));
    BOOST_TEST(refusal([&] { trainer.fit(data); }) ==
               "kiln: fit needs lengths in 4 … 6, got 3 for sample 7; look at the data");
    BOOST_TEST(refusal([&] { evaluate(model, data); }) ==
               "kiln: evaluate needs lengths in 4 … 6, got 3 for sample 7; look at the data");
}
