// SPDX-License-Identifier: BSL-1.0
#pragma once
// The tests that the recurrent layers share. L is the template of a layer: GRU, LSTM, RNN.

#include <kiln/kernels/gates.hpp>
#include <kiln/laws/check_lengths.hpp>
#include <kiln/laws/check_stream.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <type_traits>

namespace kiln::laws {

template <template <int, int, class...> class L>
constexpr void require_shapes_of_sequences() {
    static_assert(Layer<L<3, 5>, Shape<4, 3>> && Layer<L<1, 1, FastGates>, Shape<1, 1>>);
    static_assert(L<3, 5>::shape({4, 3}).fits && L<3, 5>::shape({4, 3}).out == Extents{4, 5});
    static_assert(!L<3, 5>::shape({4, 2}).fits && !L<3, 5>::shape({3}).fits && !L<3, 5>::shape({1, 4, 3}).fits);
    static_assert(!L<0, 5>::shape({4, 0}).fits && !L<3, -1>::shape({4, 3}).fits);
    static_assert(!L<1, 50000>::shape({4, 1}).fits);  // more weights than an int counts
    static_assert(std::is_same_v<typename L<3, 5>::template needs<Shape<4, 2>>, frames_of<3>> &&
                  std::is_same_v<typename L<3, 5>::template needs<Shape<3>>, rank<2>> &&
                  std::is_same_v<typename L<3, 0>::template needs<Shape<4, 3>>, positive_arguments>);
    static_assert(std::is_same_v<typename L<3, 5, FastGates>::template repair<Shape<4, 2>>, L<2, 5, FastGates>> &&
                  std::is_void_v<typename L<3, 5>::template repair<Shape<3>>>);
}

template <template <int, int, class...> class L>
void require_recurrent_laws() {
    require_layer_laws<L<3, 5>, Shape<4, 3>>();
    require_layer_laws<L<1, 7, FastGates>, Shape<3, 1>>();
    require_layer_laws<L<17, 3>, Shape<2, 17>>();
}

/// Units around packs and register tiles. The tolerances are those of the lanes law for nine frames and for eleven.
template <template <int, int, class...> class L>
void require_laws_of_many_units(double nine_frames = Tolerances{}.lanes, double eleven_frames = Tolerances{}.lanes) {
    require_lanes_law<L<18, 16>, Shape<9, 18>>(nine_frames);
    require_lanes_law<L<2, 41, FastGates>, Shape<11, 2>>(eleven_frames);
    require_lanes_law<L<5, 128>, Shape<3, 5>>(1e-5);
    require_lanes_law<Over<Lanes<float, 8>, On<L<7, 9>, Shape<5, 7>>>>(5e-6);
    require_lanes_law<Over<Lanes<float, 64>, On<L<7, 9>, Shape<5, 7>>>>(5e-6);
    require_gradient_law<L<2, 19>, Shape<3, 2>>();
}

template <template <int, int, class...> class L>
void require_law_of_lengths() {
    BOOST_TEST((check_lengths<L<3, 5>, Shape<7, 3>>()));
    BOOST_TEST((check_lengths<L<1, 17, FastGates>, Shape<4, 1>>()));
}

template <template <int, int, class...> class L>
void require_law_of_streams() {
    BOOST_TEST((check_stream<L<3, 5>, Shape<12, 3>, float>()));
    BOOST_TEST((check_stream<L<1, 16, FastGates>, Shape<12, 1>, float>()));
    BOOST_TEST((check_stream<L<2, 100>, Shape<12, 2>, float>()));
    BOOST_TEST((check_stream<L<2, 9>, Shape<12, 2>, double>()));
    BOOST_TEST((check_stream<L<3, 20>, Shape<12, 3>, Lanes<float, 16>>()));
}

/// Layer L, which has 16 units, starts with all numbers within 1 / sqrt(16), and the largest of each tensor near it.
template <class L>
void require_starting_values_of_16_units() {
    parameters_t<L, float, Shape<4, 3>> parameters{};
    Random random{Seed{1}};
    L::initialize(parameters, random);
    for (const auto& tensor : tensors<float>(parameters)) {
        float most = 0;
        for (const float value : tensor) most = max(most, abs(value));
        BOOST_TEST(most <= 0.25f);
        BOOST_TEST(most > 0.2f);
    }
}

}  // namespace kiln::laws
