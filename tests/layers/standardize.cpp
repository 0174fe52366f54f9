// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.standardize
#include <kiln/layers/linear.hpp>
#include <kiln/layers/standardize.hpp>
#include <kiln/model/fold.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <cmath>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Standardize, Shape<7>> && Layer<Unstandardize, Shape<2, 3, 4>>);

BOOST_AUTO_TEST_CASE(standardize_obeys_the_laws_of_layers) {
    require_layer_laws<Standardize, Shape<7>>();
    require_layer_laws<Standardize, Shape<2, 3, 5>>();
}

BOOST_AUTO_TEST_CASE(unstandardize_obeys_the_laws_of_layers) {
    require_layer_laws<Unstandardize, Shape<7>>();
    require_layer_laws<Unstandardize, Shape<2, 3, 5>>();
}

BOOST_AUTO_TEST_CASE(channels_have_a_mean_and_a_deviation_each) {
    Instance<Standardize, Shape<2, 1, 2>, double> forth(1);
    forth.x = {1, 3, -10, 10};
    forth.state.mean = {1, -10};
    forth.state.sd = {2, 5};
    forth.forward();
    BOOST_TEST((forth.y == Tensor<double, Shape<2, 1, 2>>{0, 1, 0, 4}));
    Instance<Unstandardize, Shape<2, 1, 2>, double> back(1);
    back.x = forth.y;
    back.state.mean = forth.state.mean;
    back.state.sd = forth.state.sd;
    back.forward();
    BOOST_TEST((back.y == forth.x));
}

BOOST_AUTO_TEST_CASE(until_it_is_told_moments_it_changes_nothing) {
    const Model<Sequential<Standardize, Unstandardize>, Shape<3>> model;
    BOOST_TEST((model.predict({1.5f, -2, 300'000}) == Tensor<float, Shape<3>>{1.5f, -2, 300'000}));
    static_assert(decltype(model)::parameter_count == 0);
}

// Prices of 300,000 standardised before the difference is taken lose their last digits; here the difference is exact.
BOOST_AUTO_TEST_CASE(a_mean_far_from_zero_costs_no_digits) {
    Model<Standardize, Shape<1>> model;
    model.state().mean = {300'000};
    model.state().sd = {0.5f};
    BOOST_TEST(model.predict({300'000.25f})[0] == 0.5f);
}

BOOST_AUTO_TEST_CASE(fold_takes_units_into_the_layer_before) {
    using Net = Sequential<Standardize, Linear<3, 2>, Unstandardize>;
    static_assert(std::is_same_v<folded_t<Net, Shape<3>>, Sequential<Standardize, Linear<3, 2>>>);
    Model<Net, Shape<3>> model{Seed{1}};
    part_of<2>(model.state()).mean = {300'000, -2};
    part_of<2>(model.state()).sd = {90'000, 0.25f};
    part_of<0>(model.state()).mean = {1, 2, 3};
    const Tensor<float, Shape<3>> x{1, 3, -2};
    const auto whole = model.predict(x), folded = fold(model).predict(x);
    for (int k = 0; k < 2; ++k) BOOST_TEST(std::abs(folded[k] - whole[k]) <= 1e-6f * std::abs(whole[k]));
}
