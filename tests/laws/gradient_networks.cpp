// SPDX-License-Identifier: BSL-1.0
// (Many networks, all of them small: compiling takes longer than running.)
#define BOOST_TEST_MODULE laws.gradient_networks
#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "laws/random_networks.hpp"

using namespace kiln;
using namespace kiln::laws;

using Cases = RandomNetworks<1, 24>;

BOOST_AUTO_TEST_CASE_TEMPLATE(random_networks_have_the_shapes_of_their_recipes, Case, Cases) {
    constexpr Fit fit = Case::Layer::shape(Case::Input::extents);
    static_assert(fit.fits && fit.out == Case::recipe.output);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(random_networks_obey_the_gradient_law, Case, Cases) {
    // As in laws/gradient.cpp, but up to seven layers in a row multiply the errors by their gains, which are small.
    require_gradient_law<typename Case::Layer, typename Case::Input>(1e-11);
}
