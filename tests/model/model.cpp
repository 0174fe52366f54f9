// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE model.model
#include <kiln/model/model.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

using Card = Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<8 * 13 * 13, 10>>;
using Digits = Model<Card, Shape<1, 28, 28>>;

static_assert(Digits::is_sound && std::is_same_v<Digits::Network, Card>);
static_assert(std::is_same_v<Digits::Input, Shape<1, 28, 28>> && std::is_same_v<Digits::Output, Shape<10>>);
static_assert(Digits::parameter_count == 13'610);
static_assert(Digits::multiply_adds == 62'192);
static_assert(sizeof(Digits) == Digits::parameter_bytes);
// Four bytes a parameter, and less than a cache line of padding for each of four tensors.
static_assert(Digits::parameter_bytes >= 4 * 13'610 && Digits::parameter_bytes < 4 * 13'610 + 4 * 64);
static_assert(Digits::inference_bytes == sizeof(Digits::Scratch<float>));
static_assert(std::is_trivially_copyable_v<Digits>);

// A model may be one layer, or one without parameters.
using OneLayer = Model<Linear<2, 3>, Shape<2>>;
static_assert(OneLayer::parameter_count == 9 && OneLayer::inference_bytes == 0);
using Parameterless = Model<Sequential<ReLU, Pool<2>>, Shape<1, 4, 4>>;
static_assert(Parameterless::parameter_count == 0 && Parameterless::parameter_bytes == 0);

// Prediction, in a constant expression.
constexpr auto predicted = [] {
    OneLayer model;
    model.parameters().weight = {1, 2, 3, 4, 5, 6};
    model.parameters().bias = {0, 10, 20};
    return model.predict({1, -1});
}();
static_assert(predicted == Tensor<float, Shape<3>>{-1, 9, 19} && argmax(predicted) == 2);

}  // namespace

BOOST_AUTO_TEST_CASE(model_starts_with_zeros_and_is_initialised_by_a_seed) {
    auto model = std::make_unique<Digits>();
    for (const Slice<float>& slice : tensors<float>(model->parameters()))
        for (const float value : slice) BOOST_REQUIRE_EQUAL(value, 0.0f);
    model->initialize(Seed{42});
    const auto same = std::make_unique<Digits>(Seed{42}), other = std::make_unique<Digits>(Seed{43});
    BOOST_TEST(same_record(model->parameters(), same->parameters()));
    BOOST_TEST(!same_record(model->parameters(), other->parameters()));
    model->initialize(Seed{43});  // again: nothing of the first is left
    BOOST_TEST(same_record(model->parameters(), other->parameters()));
}

BOOST_AUTO_TEST_CASE(model_starts_within_the_bounds_of_its_layers) {
    const auto model = std::make_unique<Digits>(Seed{1});
    const auto parts = tensors<const float>(std::as_const(*model).parameters());
    const double bounds[] = {1.0 / 3, 1.0 / 3, 1 / std::sqrt(1352.0), 1 / std::sqrt(1352.0)};
    for (std::size_t k = 0; k < 4; ++k) {
        BOOST_TEST(magnitude(parts[k]) <= bounds[k] * (1 + 1e-6));
        BOOST_TEST(magnitude(parts[k]) > bounds[k] / 2);
    }
}

BOOST_AUTO_TEST_CASE(model_predicts_the_same_in_the_scratch_of_its_caller) {
    const auto model = std::make_unique<Digits>(Seed{2});
    const auto scratch = std::make_unique<Digits::Scratch<float>>();
    const Samples<Digits::Input> samples(3, 10, 3);
    for (const auto& input : samples.inputs) {
        const auto expected = model->predict(input);
        BOOST_TEST((model->predict(input, *scratch) == expected));
        BOOST_TEST(magnitude(expected) > 0.0);
    }
}

BOOST_AUTO_TEST_CASE(model_is_a_value) {
    const auto model = std::make_unique<Digits>(Seed{4});
    const auto copy = std::make_unique<Digits>(*model);
    const Samples<Digits::Input> samples(1, 10, 5);
    BOOST_TEST((copy->predict(samples.inputs[0]) == model->predict(samples.inputs[0])));
    copy->initialize(Seed{6});
    BOOST_TEST((copy->predict(samples.inputs[0]) != model->predict(samples.inputs[0])));
}

BOOST_AUTO_TEST_CASE(model_without_parameters_predicts) {
    const Parameterless model;
    Tensor<float, Shape<1, 4, 4>> x{};
    x(0, 1, 2) = 5;
    x(0, 3, 0) = -1;
    BOOST_TEST((model.predict(x) == Tensor<float, Shape<1, 2, 2>>{0, 5, 0, 0}));
}

BOOST_AUTO_TEST_CASE(batches_pass_every_sample_to_its_taker_once_and_in_order) {
    const OneLayer model{Seed{7}};
    for (const int count : {0, 1, 16, 33}) {
        const Samples<OneLayer::Input> samples(count, 3, 8);
        std::vector<int> taken;
        model.for_each_batch(
            0, count, [&](int i) { return &samples.inputs[static_cast<std::size_t>(i)]; }, 1.0f,
            [&](int i, int, const auto&) { taken.push_back(i); });
        BOOST_TEST(static_cast<int>(taken.size()) == count);
        for (int i = 0; i < count; ++i) BOOST_TEST(taken[static_cast<std::size_t>(i)] == i);
    }
}

BOOST_AUTO_TEST_CASE(predicting_a_span_writes_nothing_beyond_it) {
    const OneLayer model{Seed{9}};
    const Samples<OneLayer::Input> samples(5, 3, 10);
    std::vector<Tensor<float, Shape<3>>> outputs(7, Tensor<float, Shape<3>>{7, 7, 7});
    model.predict(samples.inputs, std::span(outputs).subspan(1, 5));
    BOOST_TEST((outputs[0] == Tensor<float, Shape<3>>{7, 7, 7}));
    BOOST_TEST((outputs[6] == Tensor<float, Shape<3>>{7, 7, 7}));
    BOOST_TEST((outputs[5] != Tensor<float, Shape<3>>{7, 7, 7}));
}

BOOST_AUTO_TEST_CASE(many_samples_are_predicted_in_the_memory_of_the_caller) {
    // 0.3 MB for a sample: too much for several on the stack of the plan.
    using Maps = Model<Sequential<Conv<1, 8, 3>, Tanh, Conv<8, 8, 3>, Tanh, Linear<8 * 68 * 68, 3>>, Shape<1, 72, 72>>;
    static_assert(width<inference_element<Maps::Body, Maps::Input>> == 1 && sizeof(Maps::ManyScratch) > 1 << 20);
    const auto model = std::make_unique<Maps>(Seed{4});
    const Samples<Shape<1, 72, 72>> samples(19, 3, 5);
    std::vector<Tensor<float, Shape<3>>> outputs(21);
    const auto scratch = std::make_unique<Maps::ManyScratch>();
    model->predict(samples.inputs, std::span(outputs).subspan(1, 19), *scratch);
    // Sums of 36,992 products, in another order.
    for (std::size_t i = 0; i < 19; ++i) BOOST_TEST(distance(outputs[i + 1], model->predict(samples.inputs[i])) < 1e-4);
    BOOST_TEST((outputs[0] == Tensor<float, Shape<3>>{}));
    BOOST_TEST((outputs[20] == Tensor<float, Shape<3>>{}));
}
