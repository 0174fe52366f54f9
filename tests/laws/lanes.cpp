// SPDX-License-Identifier: BSL-1.0
// flags: -O2
// (The vectors of lanes are in the source, at any level of optimisation. The tests of each layer try the vectors that
// the compiler makes of loops over floats at -O3.)
#define BOOST_TEST_MODULE laws.lanes
#include "laws/lanes.hpp"

#include <boost/test/unit_test.hpp>

using namespace kiln;
using namespace kiln::laws;

// Sixteen lanes, on every layer; networks: laws/lanes_of_networks.cpp, other widths: laws/lanes_of_other_widths.cpp.
using Cases = AllOver<Lanes<float, 16>, Joined<AllLayers, WideConvLayers>>;

// Both sides round sums of up to a few hundred products, in different orders: each rounding is 6e-8 of a partial sum,
// and partial sums are no larger than a few times the largest result. Errors of random sign reach about 1e-6.
BOOST_AUTO_TEST_CASE_TEMPLATE(sixteen_lanes_of_a_layer_do_what_one_sample_does, Case, Cases) {
    require_lanes_law<Case>(5e-6);
}
