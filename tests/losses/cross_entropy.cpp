// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE losses.cross_entropy
#include <kiln/losses/cross_entropy.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"
#include "laws/loss.hpp"

#include <array>
#include <climits>
#include <cmath>
#include <limits>
#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Loss<CrossEntropy, Shape<10>>);
static_assert(judgement<CrossEntropy, Shape<3>> == JudgedBy::classes);
static_assert(judgement<WeightedCrossEntropy<3>, Shape<3>> == JudgedBy::classes);
static_assert(judgement<CrossEntropy, Shape<7, 3>> == JudgedBy::frames);
static_assert(CrossEntropy::fits({10}).fits && CrossEntropy::fits({2, 5}).fits &&
              !CrossEntropy::fits({8, 13, 13}).fits);
static_assert(WeightedCrossEntropy<5>::fits({5}).fits && WeightedCrossEntropy<5>::fits({2, 5}).fits);
static_assert(!WeightedCrossEntropy<5>::fits({5, 2}).fits && !WeightedCrossEntropy<5>::fits({5, 2, 5}).fits);
static_assert(std::is_same_v<CrossEntropy::needs<Shape<2, 5, 5>>, rank<1>>);
static_assert(std::is_same_v<default_loss<int>::type, CrossEntropy>);
static_assert(std::is_same_v<default_loss<Tensor<int, Shape<7>>>::type, CrossEntropy>);

// valid_are_labels_of_a_class
static_assert(CrossEntropy::valid(0, {10}) && CrossEntropy::valid(9, {10}));
static_assert(!CrossEntropy::valid(10, {10}) && !CrossEntropy::valid(-1, {10}));
static_assert(!CrossEntropy::valid(INT_MAX, {10}) && !CrossEntropy::valid(INT_MIN, {10}));
static_assert(CrossEntropy::valid(0, {1}) && !CrossEntropy::valid(1, {1}));

namespace {

using Elements = std::tuple<float, double, Lanes<float, 4>, Lanes<float, 16>, Lanes<double, 4>>;

/// Weighted loss and slopes in long double, straight from the definition.
template <int Classes>
struct Reference {
    long double loss = 0;
    Tensor<double, Shape<Classes>> dy{};

    Reference(const Tensor<double, Shape<Classes>>& y, int label, long double weight) {
        long double most = y[0], sum = 0;
        for (const double logit : y) most = std::max(most, static_cast<long double>(logit));
        for (const double logit : y) sum += std::exp(logit - most);
        loss = weight * (std::log(sum) + most - y[label]);
        for (int k = 0; k < Classes; ++k)
            dy[k] = static_cast<double>(weight * (std::exp(y[k] - most) / sum - (k == label ? 1 : 0)));
    }
};

/// Compares every lane of one evaluation, each with a label and a weight of its own.
template <class E, int Classes>
void compare_with_reference(std::uint64_t seed, float bound) {
    using S = scalar_t<E>;
    Random random{Seed{seed}};
    Tensor<E, Shape<Classes>> y, dy;
    fill(y, random, bound);
    std::array<int, width<E>> labels{};
    E weight;
    for (int l = 0; l < width<E>; ++l) {
        labels[static_cast<std::size_t>(l)] = random.below(Classes);
        set_lane(weight, l, S(random.uniform(0, 2)));
    }
    const E loss = CrossEntropy{}(y, labels, weight, dy);
    for (int l = 0; l < width<E>; ++l) {
        const Reference<Classes> expected(lane_of(y, l), labels[static_cast<std::size_t>(l)], lane(weight, l));
        // A few roundings of numbers up to the largest difference of logits, 2 bound, times the weight, up to 2.
        const double tolerance = 8 * std::numeric_limits<S>::epsilon() * (1 + bound);
        BOOST_TEST(std::abs(double(lane(loss, l) - expected.loss)) <= tolerance);
        for (int k = 0; k < Classes; ++k)
            BOOST_TEST(std::abs(double(lane(dy[k], l)) - expected.dy[k]) <= 16 * std::numeric_limits<S>::epsilon());
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(cross_entropy_is_that_of_its_definition, E, Elements) {
    for (const std::uint64_t seed : {1, 2, 3}) {
        for (const float bound : {0.1f, 3.0f, 50.0f}) {
            compare_with_reference<E, 1>(seed, bound);
            compare_with_reference<E, 2>(seed, bound);
            compare_with_reference<E, 10>(seed, bound);
            compare_with_reference<E, 37>(seed, bound);
            compare_with_reference<E, 64>(seed, bound);
            compare_with_reference<E, 100>(seed, bound);
        }
    }
}

BOOST_AUTO_TEST_CASE(cross_entropy_of_equal_logits_is_the_logarithm_of_the_classes) {
    const Tensor<double, Shape<4>> y{3, 3, 3, 3};
    Tensor<double, Shape<4>> dy;
    BOOST_TEST(std::abs(CrossEntropy{}(y, {2}, 1.0, dy) - std::log(4.0)) < 1e-15);
    BOOST_TEST((dy == Tensor<double, Shape<4>>{0.25, 0.25, -0.75, 0.25}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cross_entropy_of_huge_logits_is_finite, E, Elements) {
    using S = scalar_t<E>;
    const Tensor<E, Shape<3>> y{S(1e30f), S(-1e30f), S(0)};
    Tensor<E, Shape<3>> dy;
    for (int label = 0; label < 3; ++label) {
        std::array<int, width<E>> labels{};
        labels.fill(label);
        const E loss = CrossEntropy{}(y, labels, E(S(1)), dy);
        const double expected[] = {0, 2e30, 1e30};
        for (int l = 0; l < width<E>; ++l) {
            BOOST_TEST(std::abs(double(lane(loss, l)) - expected[label]) <= 1e24);  // 1e30 as a float
            for (int k = 0; k < 3; ++k) BOOST_TEST(double(lane(dy[k], l)) == (k == 0) - (k == label));
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cross_entropy_of_weight_zero_is_exactly_nothing, E, Elements) {
    using S = scalar_t<E>;
    Random random{Seed{4}};
    Tensor<E, Shape<10>> y, dy;
    fill(y, random, 30);
    y[3] = S(1e30f);
    E weight(S(0));
    if constexpr (width < E >> 1) set_lane(weight, 1, S(1));  // the others are masked
    const std::array<int, width<E>> labels{};
    const E loss = CrossEntropy{}(y, labels, weight, dy);
    for (int l = 0; l < width<E>; ++l) {
        const bool live = lane(weight, l) > 0;
        BOOST_TEST((lane(loss, l) != 0) == live);
        for (int k = 0; k < 10; ++k) BOOST_TEST((live || lane(dy[k], l) == 0));
    }
}

BOOST_AUTO_TEST_CASE(cross_entropy_works_in_constant_expressions) {
    constexpr auto loss = [] {
        Tensor<float, Shape<2>> dy{};
        return CrossEntropy{}(Tensor<float, Shape<2>>{0, 0}, {1}, 1.0f, dy);
    };
    static_assert(loss() > 0.693147f && loss() < 0.693148f);
}

// ---- Smoothed labels and weighted classes ----

namespace {

using Weighted = WeightedCrossEntropy<4>;
constexpr Tensor<float, Shape<4>> four_weights{0.5f, 2.0f, 1.5f, 0.25f};
constexpr CrossEntropy smoothed{.label_smoothing = 0.125f};
constexpr Weighted variants[] = {{},
                                 {.label_smoothing = 0.125f},
                                 {.class_weights = four_weights},
                                 {.class_weights = four_weights, .label_smoothing = 0.125f}};

template <class Loss>
constexpr auto draw = [](Random& random) {
    Compared<Loss, Shape<4>> sample;
    fill(sample.y, random, 5);
    sample.target = random.below(4);
    return sample;
};

}  // namespace

BOOST_AUTO_TEST_CASE(smoothed_and_weighted_cross_entropy_obeys_the_laws_of_losses) {
    for (const Weighted& loss : variants) require_loss_laws<Shape<4>>(loss, draw<Weighted>);
    require_loss_laws<Shape<4>>(smoothed, draw<CrossEntropy>);
}

BOOST_AUTO_TEST_CASE(smoothed_and_weighted_cross_entropy_is_that_of_pytorch) {
    constexpr double y[2][4] = {{0.5, -1.25, 2.0, 0.75}, {-0.5, 3.0, 0.25, -2.5}};
    constexpr std::array<int, 1> targets[] = {{2}, {0}};
    const OfPyTorch expected[] = {
        {2.0154557380094187,
         {{0.072051420649992412, 0.012520659497556017, -0.17708793557059865, 0.092515855423050242},
          {-0.48625156937799213, 0.45528549377051497, 0.029105427855188805, 0.0018606477522883514}}},
        {2.0740494880094187,
         {{0.056426420649992412, -0.0031043405024439828, -0.13021293557059865, 0.076890855423050242},
          {-0.43937656937799213, 0.43966049377051497, 0.013480427855188805, -0.013764352247711649}}},
        {1.2263418983116605,
         {{0.10807713097498861, 0.018780989246334027, -0.26563190335589798, 0.13877378313457536},
          {-0.24312578468899607, 0.22764274688525749, 0.014552713927594402, 0.0009303238761441757}}},
        {1.3397503137270788,
         {{0.096324318908192152, -0.013153734319938569, -0.21297865687938086, 0.12980807229112731},
          {-0.21872159816088615, 0.22840500816599682, -0.0068383106763376346, -0.0028450993287730494}}}};
    for (int i = 0; i < 4; ++i) {
        const double share = 1 / double(variants[i].share(2) + variants[i].share(0));  // as trainers have it
        require_reference(variants[i], y, targets, {share, share}, expected[i]);
    }
    require_reference(CrossEntropy{}, y, targets, {0.5, 0.5}, expected[0]);
    require_reference(smoothed, y, targets, {0.5, 0.5}, expected[1]);
}

BOOST_AUTO_TEST_CASE(weights_of_one_change_nothing_but_roundings) {
    const Tensor<double, Shape<3>> y{0.5, -2, 1};
    Tensor<double, Shape<3>> dy, plain;
    BOOST_TEST(std::abs((WeightedCrossEntropy<3>{}(y, {1}, 1.0, dy) - CrossEntropy{}(y, {1}, 1.0, plain))) < 1e-15);
    for (int k = 0; k < 3; ++k) BOOST_TEST(std::abs(dy[k] - plain[k]) < 1e-15);
    static_assert(Weighted{}.share(1) == 1 && Weighted{.class_weights = four_weights}.share(1) == 2);
}

BOOST_AUTO_TEST_CASE(smoothed_cross_entropy_of_huge_logits_is_finite) {
    Tensor<float, Shape<4>> dy;
    const float loss = variants[3]({1e30f, -1e30f, 0, 1}, {0}, 1.0f, dy);
    BOOST_TEST(std::abs(loss - 0.125f / 4 * (2 * 2 + 1.5f + 0.25f) * 1e30f) <= 1e24f);
    for (const float slope : dy) BOOST_TEST(std::abs(slope) < 4);
}

BOOST_AUTO_TEST_CASE(smoothed_cross_entropy_works_in_constant_expressions) {
    constexpr auto loss = [] {
        Tensor<float, Shape<4>> dy{};
        return variants[1]({0, 0, 0, 0}, {1}, 1.0f, dy);
    };
    static_assert(loss() > 1.386294f && loss() < 1.386295f);
}

// ---- A label for each frame ----

namespace {

using Frames = Shape<3, 4>;
using FrameLabels = Tensor<int, Shape<3>>;
static_assert(std::is_same_v<CrossEntropy::Target<Frames>, FrameLabels>);
static_assert(std::is_same_v<Targets<CrossEntropy, Frames, Lanes<float, 4>>, Tensor<Lanes<int, 4>, Shape<3>>>);

// valid_are_labels_of_a_class_and_minus_one
static_assert(CrossEntropy::valid(FrameLabels{0, 3, -1}, {3, 4}) &&
              CrossEntropy::valid(FrameLabels{-1, -1, -1}, {3, 4}));
static_assert(!CrossEntropy::valid(FrameLabels{0, 4, -1}, {3, 4}) &&
              !CrossEntropy::valid(FrameLabels{0, 3, -2}, {3, 4}));
static_assert(!CrossEntropy::valid(FrameLabels{INT_MIN, 0, 0}, {3, 4}) &&
              !Weighted::valid(FrameLabels{0, 0, 4}, {3, 4}));

// the_share_is_the_number_or_the_weight_of_the_frames_that_count
static_assert(CrossEntropy{}.share(FrameLabels{2, -1, 0}) == 2 && CrossEntropy{}.share(FrameLabels{2, -1, 0}, 2) == 1);
static_assert(variants[2].share(FrameLabels{2, -1, 1}) == 3.5f && variants[2].share(FrameLabels{2, 1, 1}, 1) == 1.5f);

template <class Loss, class Out>
constexpr auto draw_frames = [](Random& random) {
    Compared<Loss, Out> sample;
    fill(sample.y, random, 5);
    for (int& label : sample.target) label = random.below(Out::extents[1] + 1) - 1;
    sample.target[0] = 1;
    return sample;
};

}  // namespace

BOOST_AUTO_TEST_CASE(cross_entropy_of_frames_obeys_the_laws_of_losses) {
    require_loss_laws<Shape<3, 4>>(CrossEntropy{}, draw_frames<CrossEntropy, Shape<3, 4>>);
    require_loss_laws<Shape<5, 70>>(CrossEntropy{}, draw_frames<CrossEntropy, Shape<5, 70>>);
    require_loss_laws<Shape<3, 4>>(smoothed, draw_frames<CrossEntropy, Shape<3, 4>>);
    for (const Weighted& loss : variants) require_loss_laws<Shape<3, 4>>(loss, draw_frames<Weighted, Shape<3, 4>>);
    require_constant_loss<Shape<3, 4>, CrossEntropy>(draw_frames<CrossEntropy, Shape<3, 4>>);
    require_constant_loss<Shape<2, 40>, CrossEntropy>(draw_frames<CrossEntropy, Shape<2, 40>>);
}

BOOST_AUTO_TEST_CASE(cross_entropy_of_frames_is_that_of_pytorch_with_ignore_index) {
    constexpr Tensor<double, Frames> y[] = {{0.5, -1.25, 2.0, 0.75, -0.5, 3.0, 0.25, -2.5, 1.0, 0.0, -1.0, 0.5},
                                            {1.5, -0.25, 0.5, 0.25, 0.125, 2.0, -3.0, 1.0, -1.0, -2.0, 0.5, 0.75}};
    constexpr FrameLabels labels[] = {{2, -1, 0}, {1, 3, -1}};
    constexpr struct {
        double loss, dy[2][12];
    } expected[] = {
        {1.2402614819821618,
         {{0.036025710324996206, 0.0062603297487780086, -0.088543967785299327, 0.046257927711525121, 0, 0, 0, 0,
           -0.13150228843648049, 0.04359287191008232, 0.016036921357339348, 0.071872495169058845},
          {0.1367496546701043, -0.22623647324248938, 0.0503073865404257, 0.039179432031959387, 0.025091253506902812,
           0.16361552562086185, 0.0011024327398608778, -0.18980921186762553, 0, 0, 0, 0}}},
        {1.3213161694821618,
         {{0.028213210324996206, -0.0015521702512219914, -0.065106467785299327, 0.038445427711525121, 0, 0, 0, 0,
           -0.10806478843648049, 0.03578037191008232, 0.0082244213573393482, 0.064059995169058845},
          {0.1289371546701043, -0.20279897324248938, 0.0424948865404257, 0.031366932031959387, 0.017278753506902812,
           0.15580302562086185, -0.0067100672601391222, -0.16637171186762553, 0, 0, 0, 0}}},
        {1.4333480295862115,
         {{0.050859826341171109, 0.0088381125865101291, -0.12500324863806964, 0.065305309710388407, 0, 0, 0, 0,
           -0.061883429852461404, 0.020514292663568152, 0.0075467865211008697, 0.033822350667792399},
          {0.25741111467313749, -0.42585689080939176, 0.094696257017271898, 0.073749519118982379, 0.0059038243545653677,
           0.038497770734320431, 0.00025939593879079477, -0.044660991027676594, 0, 0, 0, 0}}},
        {1.5195063287827641,
         {{0.045329091250913958, -0.0061899926211475614, -0.10022525029617925, 0.061086151666412854, 0, 0, 0, 0,
           -0.043012257763699081, 0.0086932327164412453, -0.0024213583890752019, 0.036740383436333054},
          {0.23865196158452306, -0.38436022096647016, 0.078118236442960245, 0.067590022938986846, 0.0046257824103722537,
           0.039431607742196936, -0.010664636225781326, -0.033392753926787859, 0, 0, 0, 0}}}};
    for (int i = 0; i < 4; ++i) {
        const double weight = 1 / double(variants[i].share(labels[0]) + variants[i].share(labels[1]));
        double sum = 0;
        for (int s = 0; s < 2; ++s) {
            Tensor<double, Frames> dy;
            sum += variants[i](y[s], labels[s], weight, dy);
            for (int k = 0; k < 12; ++k) BOOST_TEST(std::abs(dy[k] - expected[i].dy[s][k]) <= 1e-15);
        }
        BOOST_TEST(std::abs(sum - expected[i].loss) <= 1e-14);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_frame_that_is_left_out_has_no_slope_whatever_its_outputs_are, E, Elements) {
    using S = scalar_t<E>;
    Tensor<E, Shape<2, 40>> y, dy;
    Random random{Seed{9}};
    fill(y, random, 5);
    for (int k = 40; k < 80; ++k) y[k] = E(S(1e30f));
    Tensor<index_t<E>, Shape<2>> labels;
    for (int l = 0; l < width<E>; ++l) {
        set_lane(labels[0], l, l % 3 == 2 ? -1 : 7);
        set_lane(labels[1], l, -1);
    }
    const E loss = CrossEntropy{}(y, labels, E(S(1)), dy);
    Tensor<E, Shape<40>> first, slopes;
    for (int k = 0; k < 40; ++k) first[k] = y[k];
    std::array<int, width<E>> seven{};
    seven.fill(7);
    const E alone = CrossEntropy{}(first, seven, E(S(1)), slopes);
    for (int l = 0; l < width<E>; ++l) {
        const bool counts = l % 3 != 2;
        BOOST_TEST(lane(loss, l) == (counts ? lane(alone, l) : S(0)));
        for (int k = 0; k < 40; ++k) BOOST_TEST(lane(dy[k], l) == (counts ? lane(slopes[k], l) : S(0)));
        for (int k = 40; k < 80; ++k) BOOST_TEST(lane(dy[k], l) == S(0));
    }
}
