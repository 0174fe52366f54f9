// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.last
#include <kiln/laws/check_lengths.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/rnn.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Last, Shape<4, 3>> && Layer<Last, Shape<4, 3, 2>>);
static_assert(Last::shape({4, 3, 2}).out == Extents{3, 2} && !Last::shape({4}).fits);
static_assert(std::is_same_v<Last::needs<Shape<4>>, a_sequence>);

// dx is zero but for one frame, so the whole cannot be tried against parameters, of which there are none.
BOOST_AUTO_TEST_CASE(last_obeys_the_laws_of_layers) {
    require_layer_laws<Last, Shape<4, 3>>();
    require_layer_laws<Last, Shape<3, 2, 5>>();
    BOOST_TEST((check_lengths<Last, Shape<6, 3>>()));
}

template <class L>
using FusedWithLast = fused_t<L, Shape<7, 3>, Last>;
using Recurrent = std::tuple<GRU<3, 5>, LSTM<3, 17, FastGates>, RNN<3, 5>>;

BOOST_AUTO_TEST_CASE_TEMPLATE(a_recurrent_layer_followed_by_last_is_one_layer, L, Recurrent) {
    using Fused = FusedWithLast<L>;
    static_assert(!std::is_void_v<Fused> && !reads_output<Fused>);
    require_layer_laws<Fused, Shape<7, 3>>();
    BOOST_TEST((check_lengths<Fused, Shape<7, 3>>()));
    static_assert(sizeof(tape_t<Fused, float, Shape<7, 3>>) <=
                  sizeof(tape_t<L, float, Shape<7, 3>>) + 64 + 7 * 4 * L::units);
}

// Inference keeps two states, and gives the bits of training.
BOOST_AUTO_TEST_CASE_TEMPLATE(inference_of_the_one_layer_keeps_two_states, L, Recurrent) {
    const auto require_same = []<class E>(std::type_identity<E>) {
        Instance<FusedWithLast<L>, Shape<7, 3>, E> layer(1);
        layer.forward();
        const auto y = layer.y;
        layer.infer();
        int wrong = 0;
        for (int i = 0; i < y.count; ++i)
            for (int l = 0; l < width<E>; ++l) wrong += lane(layer.y[i], l) != lane(y[i], l);
        BOOST_TEST(wrong == 0);
    };
    require_same(std::type_identity<float>{});
    require_same(std::type_identity<Lanes<float, 16>>{});
}
