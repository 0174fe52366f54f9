// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.attention
#include <kiln/layers/attention.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Attention<2>, Shape<5, 4>> && Layer<CausalAttention<2>, Shape<5, 4>>);
static_assert(!Attention<3>::shape(Extents{5, 4}).fits && !CausalAttention<3>::shape(Extents{5, 4}).fits);
static_assert(!Attention<2>::shape(Extents{20}).fits && !Attention<0>::shape(Extents{5, 4}).fits);

BOOST_AUTO_TEST_CASE(attention_obeys_the_laws_of_layers) {
    require_layer_laws<Attention<1>, Shape<1, 1>>();
    require_layer_laws<Attention<2>, Shape<5, 4>>();
    require_layer_laws<Attention<3>, Shape<9, 15>>();
}
BOOST_AUTO_TEST_CASE(causal_attention_obeys_the_laws_of_layers) {
    require_layer_laws<CausalAttention<1>, Shape<1, 1>>();
    require_layer_laws<CausalAttention<2>, Shape<5, 4>>();
    require_layer_laws<CausalAttention<3>, Shape<9, 15>>();
}
