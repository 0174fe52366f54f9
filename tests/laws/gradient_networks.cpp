// SPDX-License-Identifier: BSL-1.0
// flags: -O1
// (Many networks, all of them small: compiling takes longer than running.)
#define BOOST_TEST_MODULE laws.gradient_networks
#include <boost/test/unit_test.hpp>

#include "laws/gradient.hpp"
#include "laws/random_networks.hpp"

using namespace kiln;
using namespace kiln::laws;

using Cases = RandomNetworks<1, 24>;

BOOST_AUTO_TEST_CASE_TEMPLATE(random_networks_have_the_shapes_of_their_recipes, Case, Cases) {
    constexpr Fit fit = Case::Layer::shape(Case::Input::extents);
    static_assert(fit.fits && fit.out == Case::recipe.output);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(random_networks_obey_the_gradient_law, Case, Cases) {
    using Layer = typename Case::Layer;
    using Input = typename Case::Input;
    // As in laws/gradient.cpp; up to seven layers after one another multiply the errors by their gains, which are small.
    constexpr double tolerance = 1e-11;
    const GradientReport report = check_gradient<Layer, Input>(1);
    BOOST_TEST(report.input_error <= tolerance);
    BOOST_TEST(report.parameter_error <= tolerance);
    BOOST_TEST(report.adds_once);
    BOOST_TEST(report.without_dx_error <= tolerance);
    BOOST_TEST(report.input_reached);
    BOOST_TEST(report.all_parameters_reached);
    BOOST_TEST_MESSAGE("largest gradient error " << std::max(report.input_error, report.parameter_error));
}
