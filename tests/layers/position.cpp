// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.position
#include <kiln/laws/check_stream.hpp>
#include <kiln/layers/position.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Position<5, 3>, Shape<5, 3>> && Layer<Position<5, 3>, Shape<2, 3>>);
static_assert(!Position<5, 3>::shape({6, 3}).fits && !Position<5, 3>::shape({5, 2}).fits);
static_assert(!Position<5, 3>::shape({15}).fits && !Position<0, 3>::shape({5, 3}).fits);
static_assert(std::is_same_v<Position<5, 3>::needs<Shape<5, 2>>, Shape<5, 3>>);
static_assert(std::is_same_v<Position<5, 3>::repair<Shape<6, 3>>, Position<6, 3>>);
static_assert(std::is_same_v<Position<5, 3>::repair<Shape<15>>, void>);

BOOST_AUTO_TEST_CASE(position_obeys_the_laws_of_layers) {
    require_layer_laws<Position<5, 3>, Shape<5, 3>>();
    require_layer_laws<Position<1, 1>, Shape<1, 1>>();
    require_layer_laws<Position<7, 9>, Shape<7, 9>>();
}

// The gradient law would miss derivatives of the rows that are not used.
BOOST_AUTO_TEST_CASE(a_shorter_sequence_uses_the_first_rows) {
    require_lanes_law<Position<7, 5>, Shape<3, 5>>();
    require_constant_law<Position<7, 5>, Shape<3, 5>>();
    Instance<Position<3, 2>, Shape<2, 2>, float> two(1);
    two.x = {1, 2, 3, 4};
    two.dy = {5, 6, 7, 8};
    two.parameters.weight = {10, 20, 30, 40, 50, 60};
    two.forward();
    two.backward();
    BOOST_TEST((two.y == Tensor<float, Shape<2, 2>>{11, 22, 33, 44}));
    BOOST_TEST((two.dx == two.dy));
    BOOST_TEST((two.gradients.weight == Tensor<float, Shape<3, 2>>{5, 6, 7, 8, 0, 0}));
}

// After T frames the vectors begin anew.
BOOST_AUTO_TEST_CASE(a_stream_begins_anew_after_all_positions) {
    using L = Position<3, 1>;
    static_assert(HasStep<L, Shape<2, 1>>);
    const parameters_t<L, float, Shape<2, 1>> parameters{{10, 20, 30}, {}};
    carry_t<L, float, Shape<2, 1>> carry;
    const Nothing none;
    L::reset(carry, none);
    Tensor<float, Shape<2, 1>> y;
    for (const auto& expected : {Tensor<float, Shape<2, 1>>{11, 21}, {31, 11}, {21, 31}}) {
        L::step(Tensor<float, Shape<2, 1>>{1, 1}, y, carry, StepContext{parameters, none});
        BOOST_TEST((y == expected));
    }
}

BOOST_AUTO_TEST_CASE(a_stream_in_blocks_has_the_bits_of_the_whole_sequence) {
    BOOST_TEST((check_stream<Position<12, 3>, Shape<12, 3>, float>()));
    BOOST_TEST((check_stream<Position<15, 2>, Shape<12, 2>, Lanes<float, 16>>()));
}
