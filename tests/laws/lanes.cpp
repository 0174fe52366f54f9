// SPDX-License-Identifier: BSL-1.0
// flags: -O1
// (The laws are algebra, and compiling takes longer than running; the tests of kernels judge optimised code.)
#define BOOST_TEST_MODULE laws.lanes
#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

using namespace kiln;
using namespace kiln::laws;

// Sixteen lanes, on every layer; other widths: laws/lanes_of_other_widths.cpp.
using Layers = Joined<AllLayers, WideConvLayers>;
using Networks = Joined<HandWrittenNetworks, FusedNetworks>;

// Both sides round sums of up to a few hundred products, in different orders: each rounding is 6e-8 of a partial sum,
// and partial sums are no larger than a few times the largest result. Errors of random sign reach about 1e-6.
BOOST_AUTO_TEST_CASE_TEMPLATE(sixteen_lanes_of_a_layer_do_what_one_sample_does, Case, Layers) {
    require_lanes_law<typename Case::Layer, typename Case::Input>(5e-6);
}

// The errors of up to five layers, amplified by those that follow.
BOOST_AUTO_TEST_CASE_TEMPLATE(sixteen_lanes_of_a_network_do_what_one_sample_does, Case, Networks) {
    require_lanes_law<typename Case::Layer, typename Case::Input>(2e-5);
}
