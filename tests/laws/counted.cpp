// SPDX-License-Identifier: BSL-1.0
// (Many networks, all of them small: compiling takes longer than running.)
#define BOOST_TEST_MODULE laws.counted
#include <kiln/laws/counted.hpp>
#include <kiln/model/model.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/random_networks.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

template <class L, class In>
constexpr bool tells_the_truth = counted_multiply_adds<L, In>() == kiln::multiply_adds<L, In>();

// In constant expressions.
static_assert(tells_the_truth<Linear<7, 3>, Shape<7>>);
static_assert(tells_the_truth<Conv<2, 3, 3>, Shape<2, 5, 4>>);
static_assert(tells_the_truth<Conv<1, 2, 3, 2, 1>, Shape<1, 4, 5>>);
static_assert(tells_the_truth<ReLU, Shape<5>> && tells_the_truth<Tanh, Shape<5>> && tells_the_truth<Flatten, Shape<5>>);
static_assert(tells_the_truth<Pool<2>, Shape<1, 4, 4>>);
static_assert(tells_the_truth<Sequential<Conv<1, 2, 3>, Sequential<ReLU, Pool<2>>, Linear<2, 3>>, Shape<1, 4, 4>>);

// The oracle does count, and the figures are the ones worked out by hand.
static_assert(counted_multiply_adds<Linear<7, 3>, Shape<7>>() == 21);
static_assert(counted_multiply_adds<Conv<2, 3, 3>, Shape<2, 5, 4>>() == (2 * 3 * 3) * (3 * 3 * 2));

using Card = Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<8 * 13 * 13, 10>>;

}  // namespace

using Cases = Joined<AllLayers, WideConvLayers, HandWrittenNetworks, FusedNetworks, RandomNetworks<1, 16>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(multiply_adds_are_those_that_forward_does, Case, Cases) {
    using L = typename Case::Layer;
    using In = typename Case::Input;
    BOOST_TEST((counted_multiply_adds<L, In>()) == (kiln::multiply_adds<L, In>()));
}

BOOST_AUTO_TEST_CASE(the_card_network_does_as_many_as_its_model_says) {
    BOOST_TEST((counted_multiply_adds<Card, Shape<1, 28, 28>>()) == 62'192);
    BOOST_TEST((Model<Card, Shape<1, 28, 28>>::multiply_adds) == 62'192);
}
