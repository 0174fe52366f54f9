// SPDX-License-Identifier: BSL-1.0
// (Many networks, all of them small: compiling takes longer than running.)
#define BOOST_TEST_MODULE laws.lanes_of_networks
#include <boost/test/unit_test.hpp>

#include "laws/lanes.hpp"

using namespace kiln;
using namespace kiln::laws;

using Cases = AllOver<Lanes<float, 16>, Joined<HandWrittenNetworks, FusedNetworks>>;

// The errors of up to five layers (laws/lanes.cpp), amplified by those that follow.
BOOST_AUTO_TEST_CASE_TEMPLATE(sixteen_lanes_of_a_network_do_what_one_sample_does, Case, Cases) {
    require_lanes_law<Case>(2e-5);
}
