// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.detail.update
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/detail/update.hpp>

#include <boost/test/unit_test.hpp>

#include "train/random_record.hpp"

#include <array>

using namespace kiln;
using namespace kiln::laws;

namespace {

/// w -= g, and two moments that remember w and g; the rule records whether it was called one element at a time.
struct Remember {
    template <class E>
    void operator()(E& w, E g, E& old, E& slope) const {
        old = w;
        slope = g;
        w -= g;
    }
};
/// Needs moments only if told so.
struct Choosy {
    bool needs;
    int moments_in_use() const { return needs ? 1 : 0; }
    template <class E>
    void operator()(E& w, E g) const {
        w -= g;
    }
    template <class E>
    void operator()(E& w, E g, E& moment) const {
        moment = g;
        w -= g;
    }
};

/// w - g, element by element.
Record difference(const Record& w, const Record& g) {
    Record result = w;
    const auto to = tensors<float>(result);
    const auto by = tensors<const float>(g);
    for (std::size_t k = 0; k < to.size(); ++k)
        for (int i = 0; i < to[k].count; ++i) to[k].data[i] -= by[k].data[i];
    return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(update_applies_the_rule_to_every_parameter_with_its_gradient_and_moments) {
    const Record w = random_record(1), g = random_record(2);
    Record parameters = w;
    std::array<Record, 2> moments{};
    update(Remember{}, parameters, g, moments);
    BOOST_TEST(same_record(parameters, difference(w, g)));
    BOOST_TEST(same_record(moments[0], w));
    BOOST_TEST(same_record(moments[1], g));
}

BOOST_AUTO_TEST_CASE(update_leaves_moments_alone_that_a_rule_does_not_need) {
    const Record w = random_record(3), g = random_record(4), before = random_record(5);
    for (const bool needs : {false, true}) {
        Record parameters = w;
        std::array<Record, 1> moments{before};
        update(Choosy{needs}, parameters, g, moments);
        BOOST_TEST(same_record(parameters, difference(w, g)));
        BOOST_TEST(same_record(moments[0], needs ? g : before));
    }
}

BOOST_AUTO_TEST_CASE(update_of_sgd_without_momentum_is_that_with_momentum_zero) {
    const Record w = random_record(6), g = random_record(7);
    Record a = w, b = w;
    std::array<Record, 1> moments{};
    const SGD::Rule rule = SGD{.learning_rate = 0.1f, .weight_decay = 0.01f}.at(0);
    update(rule, a, g, moments);
    update([&](auto& weight, auto slope, auto& velocity) { rule(weight, slope, velocity); }, b, g, moments);
    BOOST_TEST(same_record(a, b));
    BOOST_TEST(!same_record(a, w));
}

BOOST_AUTO_TEST_CASE(update_of_the_shards_is_update_of_the_whole) {
    const Record w = random_record(8), g = random_record(9), v = random_record(10);
    Record whole = w, parts = w;
    std::array<Record, 1> moments_of_whole{v}, moments_of_parts{v};
    const SGD::Rule rule = SGD{.learning_rate = 0.1f, .momentum = 0.9f}.at(0);
    update(rule, whole, g, moments_of_whole);
    for (int index = 0; index < 3; ++index) update(rule, parts, g, moments_of_parts, Shard{index, 3});
    BOOST_TEST(same_record(parts, whole));
    BOOST_TEST(same_record(moments_of_parts[0], moments_of_whole[0]));
}
