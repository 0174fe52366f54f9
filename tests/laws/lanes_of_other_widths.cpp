// SPDX-License-Identifier: BSL-1.0
// (The laws are algebra, and compiling takes longer than running; the tests of kernels judge optimised code.)
#define BOOST_TEST_MODULE laws.lanes_of_other_widths
#include <boost/test/unit_test.hpp>

#include "laws/lanes.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

using Chosen =
    std::tuple<On<Linear<7, 3>, Shape<7>>, On<Linear<48, 17>, Shape<3, 4, 4>>, On<Conv<2, 3, 3, 1, 1>, Shape<2, 5, 7>>,
               On<Conv<3, 2, 3, 2, 1>, Shape<3, 7, 6>>, On<Conv<7, 11, 2>, Shape<7, 3, 4>>,
               On<Pool<3, 2>, Shape<2, 7, 9>>, On<Pool<2>, Shape<3, 5, 7>>, On<ReLU, Shape<2, 3, 5>>,
               On<Tanh, Shape<2, 3, 5>>, On<Sequential<Conv<1, 2, 3>, ReLU, Pool<2>, Linear<24, 3>>, Shape<1, 10, 8>>>;

using FloatCases = Joined<AllOver<Lanes<float, 2>, Chosen>, AllOver<Lanes<float, 4>, Chosen>,
                          AllOver<Lanes<float, 8>, Chosen>, AllOver<Lanes<float, 32>, Chosen>>;
using DoubleCases = AllOver<Lanes<double, 4>, Chosen>;

}  // namespace

// As in laws/lanes.cpp, networks and 32 lanes included.
BOOST_AUTO_TEST_CASE_TEMPLATE(lanes_of_float_do_what_one_sample_does, Case, FloatCases) {
    require_lanes_law<Case>(2e-5);
}

// The same number of roundings, each 5e8 times smaller.
BOOST_AUTO_TEST_CASE_TEMPLATE(lanes_of_double_do_what_one_sample_does, Case, DoubleCases) {
    require_lanes_law<Case>(4e-14);
}
