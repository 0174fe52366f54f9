// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.bidirectional
#include <kiln/laws/check_lengths.hpp>
#include <kiln/layers/bidirectional.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/rnn.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "layers/recurrent.hpp"

#include <string_view>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

using Both = Bidirectional<GRU<3, 5>>;
static_assert(Layer<Both, Shape<4, 3>> && Both::shape({4, 3}).out == Extents{4, 10});
static_assert(!Both::shape({4, 2}).fits && std::is_same_v<Both::needs<Shape<4, 2>>, frames_of<3>>);
static_assert(std::is_same_v<Both::repair<Shape<4, 2>>, Bidirectional<GRU<2, 5>>> &&
              std::is_void_v<Both::repair<Shape<4>>>);
static_assert(!Bidirectional<Last>::shape({4, 3}).fits &&
              std::is_same_v<Bidirectional<Last>::needs<Shape<4, 3>>, recurrent_layer>);

BOOST_AUTO_TEST_CASE(bidirectional_obeys_the_laws_of_layers) {
    require_layer_laws<Bidirectional<GRU<3, 5>>, Shape<4, 3>>();
    require_layer_laws<Bidirectional<LSTM<1, 3, FastGates>>, Shape<3, 1>>();
    require_layer_laws<Bidirectional<RNN<2, 17>>, Shape<3, 2>>();
}

BOOST_AUTO_TEST_CASE(bidirectional_obeys_the_law_of_lengths) {
    BOOST_TEST((check_lengths<Bidirectional<GRU<3, 5>>, Shape<7, 3>>()));
    BOOST_TEST((check_lengths<Bidirectional<LSTM<2, 5>>, Shape<4, 2>>()));
}

BOOST_AUTO_TEST_CASE(names_of_the_reverse_direction_are_those_of_pytorch) {
    using Record = parameters_t<Both, float, Shape<4, 3>>;
    static_assert(tensor_count<Record> == 8);
    constexpr std::string_view names[] = {"weight_ih_l0",       "weight_hh_l0",         "bias_ih_l0",
                                          "bias_hh_l0",         "weight_ih_l0_reverse", "weight_hh_l0_reverse",
                                          "bias_ih_l0_reverse", "bias_hh_l0_reverse"};
    for (std::size_t k = 0; k < 8; ++k) BOOST_TEST(schema<Record>[k].name.c_str() == names[k]);
    Record record{};
    const auto all = tensors<float>(record);
    BOOST_TEST(all[0].data == record.weight_ih_l0.data);
    BOOST_TEST(all[5].data == record.weight_hh_l0_reverse.data);
}

BOOST_AUTO_TEST_CASE(both_directions_start_within_one_by_the_root_of_their_units) {
    require_starting_values_of_16_units<Bidirectional<GRU<3, 16>>>();
}

BOOST_AUTO_TEST_CASE(the_reverse_direction_is_the_layer_on_the_reversed_sequence) {
    Instance<Both, Shape<4, 3>, float> both(1);
    Instance<GRU<3, 5>, Shape<4, 3>, float> reverse(1);
    reverse.parameters.weight_ih_l0 = both.parameters.weight_ih_l0_reverse;
    reverse.parameters.weight_hh_l0 = both.parameters.weight_hh_l0_reverse;
    reverse.parameters.bias_ih_l0 = both.parameters.bias_ih_l0_reverse;
    reverse.parameters.bias_hh_l0 = both.parameters.bias_hh_l0_reverse;
    for (int t = 0; t < 4; ++t)
        for (int i = 0; i < 3; ++i) reverse.x(t, i) = both.x(3 - t, i);
    both.forward();
    reverse.forward();
    for (int t = 0; t < 4; ++t)
        for (int i = 0; i < 5; ++i) BOOST_TEST(both.y(t, 5 + i) == reverse.y(3 - t, i));
}
