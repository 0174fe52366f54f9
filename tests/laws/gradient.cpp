// SPDX-License-Identifier: BSL-1.0
// (Many networks, all of them small: compiling takes longer than running.)
#define BOOST_TEST_MODULE laws.gradient
#include <kiln/losses/cross_entropy.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/elements.hpp"
#include "laws/layer.hpp"
#include "laws/networks.hpp"

#include <iostream>

using namespace kiln;
using namespace kiln::laws;

namespace {

// Both sides sum at most a few hundred products, whose rounding errors are 1.1e-16 of each; tanh and exp add two or
// three more. Even if all of them pointed the same way, 1e-12 of the largest sum would not be reached.
constexpr double tolerance = 1e-12;

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(backward_of_a_layer_gives_the_derivatives_of_forward, Case, AllLayers) {
    require_gradient_law<typename Case::Layer, typename Case::Input>(tolerance);
}

using Networks = Joined<HandWrittenNetworks, FusedNetworks>;
BOOST_AUTO_TEST_CASE_TEMPLATE(backward_of_a_network_gives_the_derivatives_of_forward, Case, Networks) {
    require_gradient_law<typename Case::Layer, typename Case::Input>(tolerance);
}

using ClassCounts = std::tuple<Shape<1>, Shape<2>, Shape<3>, Shape<10>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(cross_entropy_sets_dy_to_the_derivatives_of_the_loss, Classes, ClassCounts) {
    Random random{Seed{3}};
    Tensor<double, Classes> y, dy;
    Tensor<Oracle<double>, Classes> oracle, unused;
    for (int label = 0; label < Classes::count; ++label) {
        for (const double weight : {1.0, 0.25}) {
            fill(y, random, 5);
            CrossEntropy{}(y, {label}, weight, dy);
            for (int k = 0; k < Classes::count; ++k) oracle.data[k] = y.data[k];
            for (int k = 0; k < Classes::count; ++k) {
                oracle.data[k].slope = 1;
                const double expected = CrossEntropy{}(oracle, {label}, Oracle<double>(weight), unused).slope;
                oracle.data[k].slope = 0;
                BOOST_TEST(std::abs(dy.data[k] - expected) <= 1e-15);  // differences of numbers up to 1
                if (Classes::count > 1) BOOST_TEST(dy.data[k] != 0.0);
            }
        }
    }
}
