// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.windows
#include <kiln.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/sequences.hpp"
#include "refusal.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

/// 0, 1, 2, …: frame t of two values is 2 t, 2 t + 1.
std::vector<float> counting(int count) {
    std::vector<float> series(static_cast<std::size_t>(count));
    std::iota(series.begin(), series.end(), 0.0f);
    return series;
}

using Past = data::Windows<Shape<4, 2>, Shape<2, 2>>;
static_assert(DataSet<Past> && !GivesLengths<Past>);
static_assert(std::is_same_v<kiln::detail::target_in<Past>, Tensor<float, Shape<2, 2>>>);
// A temporary would end before the windows do.
static_assert(!std::is_constructible_v<Past, std::vector<float>>);

}  // namespace

BOOST_AUTO_TEST_CASE(windows_are_views_of_the_series) {
    std::vector<float> series = counting(20);  // 10 frames
    const Past windows(series, {.stride = 2});
    BOOST_TEST(windows.size() == 3);  // frames 0 … 3, 2 … 5 and 4 … 7, each with two more
    BOOST_TEST(windows.sample(1).data == series.data() + 4);
    BOOST_TEST(windows.target(1).data == series.data() + 12);
    BOOST_TEST(windows.begin_of(2) == 4);
    BOOST_TEST((windows.image(2) == Tensor<float, Shape<4, 2>>{8, 9, 10, 11, 12, 13, 14, 15}));
    series[8] = -1;
    BOOST_TEST(windows.sample(2)[0] == -1);
}

BOOST_AUTO_TEST_CASE(targets_are_as_far_ahead_as_asked_for) {
    const std::vector<float> series = counting(10);
    const data::Windows<Shape<4, 1>, Shape<1>> next(series);
    BOOST_TEST(next.size() == 6);
    BOOST_TEST(next.target(0)[0] == 4);
    BOOST_TEST(next.target(5)[0] == 9);
    const data::Windows<Shape<4, 1>, Shape<1>> later(series, {.ahead = 3});
    BOOST_TEST(later.size() == 4);
    BOOST_TEST(later.target(3)[0] == 9);
    const data::Windows<Shape<4, 1>> same(series, {.ahead = 0});
    BOOST_TEST(same.size() == 7);
    BOOST_TEST(same.target(1).data == same.sample(1).data);
    // For each frame the next.
    const data::Windows<Shape<4, 1>> each(series, {.ahead = 1});
    BOOST_TEST(each.size() == 6);
    BOOST_TEST(each.target(2)[0] == 3);
    BOOST_TEST(each.target(2)[3] == 6);
    // Targets of another series of as many frames.
    const std::vector<float> price = counting(5);
    const data::Windows<Shape<2, 2>, Shape<2, 1>> two(series, price);
    BOOST_TEST(two.size() == 2);
    BOOST_TEST(two.sample(1)[0] == 2);
    BOOST_TEST(two.target(1)[0] == 3);
    BOOST_TEST(two.target(1)[1] == 4);
}

BOOST_AUTO_TEST_CASE(every_token_of_a_text_has_the_next_one_as_its_label) {
    const std::vector<std::uint8_t> text{0, 1, 2, 3, 4, 0, 1};
    const data::Windows<Tokens<5, 3>> windows(text, {.stride = 2});
    static_assert(std::is_same_v<kiln::detail::target_in<data::Windows<Tokens<5, 3>>>, Tensor<int, Shape<3>>>);
    BOOST_TEST(windows.size() == 2);
    BOOST_TEST((windows.image(1) == Tensor<float, Tokens<5, 3>>{2, 3, 4}));
    Tensor<int, Shape<3>> labels;
    data::detail::load_target(windows, 1, labels);
    BOOST_TEST((labels == Tensor<int, Shape<3>>{3, 4, 0}));
    // More than 256 values take 16 bits.
    const std::vector<std::uint16_t> words{300, 1, 299};
    BOOST_TEST((data::Windows<Tokens<301, 2>>(words).image(0) == Tensor<float, Tokens<301, 2>>{300, 1}));
}

BOOST_AUTO_TEST_CASE(a_split_in_time_has_no_frame_in_both_parts) {
    const std::vector<float> series = counting(40);  // 20 frames
    const Past windows(series);
    const auto [train, validation] = windows.split_in_time(0.4);
    BOOST_TEST(train.size() == 12 - 5);
    BOOST_TEST(validation.size() == 8 - 5);
    const auto last = train.target(train.size() - 1);
    BOOST_TEST(last[3] == 23);  // of frame 11
    BOOST_TEST(validation.sample(0)[0] == 24);
    BOOST_TEST(validation.target(2)[3] == 39);
}

BOOST_AUTO_TEST_CASE(windows_that_cannot_be_are_refused) {
    const std::vector<float> series = counting(11), few = counting(10);
    BOOST_TEST(refusal([&] { Past{series}; }) == "kiln: Windows need frames of 2 values, got 11 values in all");
    BOOST_TEST(refusal([&] { Past{few}; }) ==
               "kiln: Windows need a series of at least 6 frames, those of one window and its target, got 5");
    BOOST_TEST(refusal([&] { Past(few, {.ahead = 1}); }) == "accepted");
    BOOST_TEST(refusal([&] { Past(few, {.stride = 0}); }) == "kiln: Windows need .stride of at least 1, got 0");
    BOOST_TEST(refusal([&] { Past(few, {.ahead = -1}); }) == "kiln: Windows need .ahead of at least 0, got -1");
    // a target farther ahead than an int counts
    BOOST_TEST(
        refusal([&] { Past(few, {.ahead = 2147483647}); }).starts_with("kiln: Windows need a series of at least"));
    BOOST_TEST(
        refusal([&] { data::Windows<Shape<2, 1>, Shape<5, 1>>(few, {.ahead = 2}); }) ==
        "kiln: Windows need targets that do not begin before their sample, got .ahead = 2; try .ahead = 3 or more");
    BOOST_TEST(refusal([&] { data::Windows<Shape<2, 2>, Shape<1>>(few, few); }) ==
               "kiln: Windows need targets of 1 values for each of 5 frames, got 10 values");
    std::vector<float> broken = counting(20);
    broken[7] = std::numeric_limits<float>::quiet_NaN();
    BOOST_TEST(refusal([&] { Past{broken}; }).find("got nan in frame 3 of the series") != std::string::npos);
    const std::vector<std::uint8_t> text{0, 1, 7, 1};
    BOOST_TEST(refusal([&] { data::Windows<Tokens<5, 2>>{text}; }) ==
               "kiln: Windows need tokens from 0 to 4, got 7 at place 2 of the series");
    const std::vector<float> enough = counting(20);
    BOOST_TEST(refusal([&] { Past(enough).split_in_time(0.2); }).find("at least 6 frames") != std::string::npos);
    BOOST_TEST(refusal([&] { Past(enough).split_in_time(1.5); }) ==
               "kiln: Windows need a share from 0 to 1 to split, got 1.5");
}

namespace {

/// A wave of two values, and the mean of the next two frames' first values.
struct Wave {
    std::vector<float> series;
    Wave() {
        for (int t = 0; t < 300; ++t) {
            series.push_back(3 + 2 * std::sin(0.3f * static_cast<float>(t)));
            series.push_back(std::cos(0.3f * static_cast<float>(t)));
        }
    }
};
using Forecaster = Model<Sequential<Flatten, Linear<8, 8>, Tanh, Linear<8, 4>, Reshape<2, 2>>, Shape<4, 2>>;

}  // namespace

BOOST_AUTO_TEST_CASE(windows_are_trained_on_as_copies_of_them_are) {
    const Wave wave;
    const Past windows(wave.series, {.stride = 3});
    const auto [train, validation] = windows.split_in_time(0.25);
    std::vector<Tensor<float, Shape<4, 2>>> samples;
    std::vector<Tensor<float, Shape<2, 2>>> targets;
    for (int i = 0; i < train.size(); ++i) {
        samples.push_back(train.image(i));
        data::detail::load_target(train, i, targets.emplace_back());
    }
    const data::Dataset<Shape<4, 2>, float, Tensor<float, Shape<2, 2>>> copies(samples, targets);
    const auto learn = [&](const auto& data) {
        Forecaster model{Seed{1}};
        Trainer<Forecaster, MeanSquaredError, Adam, Batch<16>> trainer{model, {.learning_rate = 0.01f}};
        trainer.fit(data, {.epochs = 30});
        return model;
    };
    const Forecaster model = learn(train), of_copies = learn(copies);
    BOOST_TEST((part_of<1>(model.parameters()).weight == part_of<1>(of_copies.parameters()).weight));
    const auto result = evaluate(model, validation, MeanSquaredError{});
    BOOST_TEST(result.samples == validation.size());
    BOOST_TEST(result.loss < 0.1f);

    // A loader, and a random part.
    Forecaster loaded{Seed{1}};
    Trainer<Forecaster, MeanSquaredError, Adam, Batch<16>> trainer{loaded, {.learning_rate = 0.01f}};
    data::Loader loader(train, {.batch = 16});
    trainer.fit(loader, {.epochs = 30});
    BOOST_TEST((part_of<1>(model.parameters()).weight == part_of<1>(loaded.parameters()).weight));
    const auto parts = data::split(train, 0.5, Seed{3});
    BOOST_TEST(parts.train.sample(0).data == train.sample(parts.train.number(0)).data);
    BOOST_TEST(trainer.fit(parts.train).samples == parts.train.size());
}

BOOST_AUTO_TEST_CASE(windows_have_moments) {
    const Wave wave;
    const Past windows(wave.series, {.stride = 4});
    const auto moments = data::standardization(windows);
    double sum = 0, squares = 0;
    for (int i = 0; i < windows.size(); ++i) {
        sum += windows.sample(i)[2];
        squares += double(windows.sample(i)[2]) * double(windows.sample(i)[2]);
    }
    const double mean = sum / windows.size();
    BOOST_TEST(std::abs(moments.mean[2] - mean) < 1e-4);
    BOOST_TEST(std::abs(moments.sd[2] - std::sqrt(squares / windows.size() - mean * mean)) < 1e-3);
    const auto of_targets = data::standardization_of_targets(windows);
    BOOST_TEST(of_targets.mean.size() == 4);
    const auto standardized = data::transformed(windows, moments);
    BOOST_TEST(standardized.size() == windows.size());
    BOOST_TEST(std::abs(standardized.sample(5)[2] - (windows.sample(5)[2] - moments.mean[2]) / moments.sd[2]) < 1e-5f);
}

namespace {

/// A table of logits for each token.
struct LogitTable {
    static constexpr bool takes_tokens = true;
    static constexpr Fit shape(Extents in) { return {.out = Extents{in[0], 5}, .fits = in.values == 5}; }
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<5, 5>>, weight));
    };
    template <class E, int T>
    static constexpr void forward(const Tensor<E, Tokens<5, T>>& x, Tensor<E, Shape<T, 5>>& y, auto at) {
        for (int t = 0; t < T; ++t)
            for (int k = 0; k < 5; ++k)
                for (int l = 0; l < width<E>; ++l) set_lane(y(t, k), l, at.parameters.weight(lane(x[t], l), k));
    }
    template <class E, int T>
    static constexpr void backward(const Tensor<E, Tokens<5, T>>& x, const auto&, const Tensor<E, Shape<T, 5>>& dy,
                                   auto&, auto at) {
        Tensor<scalar_t<E>, Shape<5, 5>> sums{};
        for (int t = 0; t < T; ++t)
            for (int k = 0; k < 5; ++k)
                for (int l = 0; l < width<E>; ++l) sums(lane(x[t], l), k) += lane(dy(t, k), l);
        for (int i = 0; i < sums.count; ++i) at.gradients.weight[i] += rounded(sums[i]);
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_text_is_learned_token_by_token) {
    // Each token follows from the one before: 0 1 2 3 4 0 1 …
    std::vector<std::uint8_t> text;
    for (int t = 0; t < 400; ++t) text.push_back(static_cast<std::uint8_t>(t % 5));
    const data::Windows<Tokens<5, 6>> windows(text, {.stride = 2});
    using M = Model<LogitTable, Tokens<5, 6>>;
    M model;
    Trainer<M, CrossEntropy, SGD, Batch<16>> trainer{model, {.learning_rate = 5}};
    const auto [train, validation] = windows.split_in_time(0.2);
    const Epoch epoch = trainer.fit(train, validation, {.epochs = 20});
    BOOST_TEST(epoch.validation_accuracy == 1.0f);
    BOOST_TEST(epoch.validation_perplexity < 1.1f);
    BOOST_TEST(evaluate(model, validation).frames == 6 * validation.size());
    data::Loader loader(train, {.batch = 16});
    BOOST_TEST(trainer.fit(loader).accuracy == 1.0f);
}
