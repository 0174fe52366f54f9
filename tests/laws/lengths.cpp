// SPDX-License-Identifier: BSL-1.0
// The rules of lengths: of every layer of sequences, and of networks that pass lengths on.
#define BOOST_TEST_MODULE laws.lengths
#include <kiln.hpp>
#include <kiln/laws/check_gradients.hpp>
#include <kiln/laws/check_lengths.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/over_time.hpp>
#include <kiln/nets/each.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/sequences.hpp"

#include <cmath>
#include <memory>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

template <class L, class In>
struct Of {
    using Layer = L;
    using Input = In;
};

// Layers that work on each element or frame alone need do nothing; layers that mix frames read lengths.
using Layers = std::tuple<Of<ReLU, Shape<5, 3>>, Of<GELU, Shape<5, 3>>, Of<Dropout<0.5>, Shape<5, 3>>>;

// A chain, a chain within a chain, and graphs whose branches have other numbers of frames.
using Halved = Sequential<Each<Linear<3, 4>>, EveryOther, FromTheEnd, ReLU>;
using Deep = Sequential<Sequential<EveryOther, Each<Linear<3, 3>>>, Sequential<FromTheEnd, EveryOther>, MeanOverTime>;
using Branches = Sequential<Each<Linear<3, 4>>, Residual<FromTheEnd, Each<Linear<4, 4>>>, EveryOther,
                            Sum<Sequential<FromTheEnd, EveryOther>, EveryOther>, MeanOverTime>;
using Pyramid = Graph<Input<"x">, Node<"half", EveryOther, "x">, Node<"quarter", EveryOther, "half">,
                      Node<"a", MeanOverTime, "half">, Node<"b", MeanOverTime, "quarter">, Node<"c", MeanOverTime, "x">,
                      Node<"y", Add, "a", "b", "c">, Output<"y">>;
using Networks = std::tuple<Of<Halved, Shape<7, 3>>, Of<Deep, Shape<9, 3>>, Of<Branches, Shape<7, 3>>,
                            Of<Pyramid, Shape<7, 2>>, Of<Frozen<Halved>, Shape<7, 3>>,
                            Of<Sequential<Frozen<FromTheEnd>, Frozen<EveryOther>, MeanOverTime>, Shape<6, 3>>>;

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(layers_keep_the_rules_of_lengths, Case, Layers) {
    BOOST_TEST((check_lengths<typename Case::Layer, typename Case::Input>()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(networks_keep_the_rules_of_lengths, Case, Networks) {
    BOOST_TEST((check_lengths<typename Case::Layer, typename Case::Input>()));
}

BOOST_AUTO_TEST_CASE(a_network_has_the_rule_of_its_layers) {
    static_assert(!changes_length<ReLU> && !changes_length<Sequential<ReLU, FromTheEnd>>);
    static_assert(changes_length<Halved> && changes_length<Deep> && changes_length<Branches> &&
                  changes_length<Pyramid>);
    static_assert(changes_length<Frozen<EveryOther>> && changes_length<Frozen<Halved>>);
    static_assert(reads_lengths<Halved> && reads_lengths<Frozen<Pyramid>> &&
                  !reads_lengths<Sequential<EveryOther, ReLU>>);
    static_assert(length_after<Halved, Shape<7, 3>>(7) == 4 && length_after<Halved, Shape<7, 3>>(3) == 2);
    static_assert(length_after<Sequential<EveryOther, EveryOther>, Shape<9, 3>>(9) == 3);
    static_assert(
        length_after<Graph<Input<"x">, Node<"a", EveryOther, "x">, Node<"b", EveryOther, "a">, Output<"b", "a">>,
                     Shape<9, 3>, 0>(9) == 3);
    static_assert(
        length_after<Graph<Input<"x">, Node<"a", EveryOther, "x">, Node<"b", EveryOther, "a">, Output<"b", "a">>,
                     Shape<9, 3>, 1>(9) == 5);
}

// A branch of a kernel of 3 frames has no frame of a sample of 2, although another branch has.
BOOST_AUTO_TEST_CASE(a_branch_without_frames_leaves_no_length) {
    using Net = Graph<Input<"x">, Node<"mean", MeanOverTime, "x">, Node<"seen", Conv1d<3, 3, 3>, "x">,
                      Node<"last", Last, "seen">, Node<"y", Add, "mean", "last">, Output<"y">>;
    static_assert(length_after<Net, Shape<6, 3>>(2) == 0 && length_after<Net, Shape<6, 3>>(3) > 0);
    static_assert(!kiln::detail::is_length<Model<Net, Shape<6, 3>>>(2));
    BOOST_TEST((check_lengths<Net, Shape<6, 3>>()));
}

// Half of 5 frames are 2 for Pool1d and 3 for EveryOther. Their sum has the 2 that both have.
BOOST_AUTO_TEST_CASE(a_join_has_the_smallest_length_of_its_values) {
    using Halves = Sum<EveryOther, Pool1d<2>>;
    using Nested =
        Graph<Input<"x">, Node<"odd", EveryOther, "x">, Node<"pair", Pool1d<2>, "x">,
              Node<"y", Graph<Input<"a">, Input<"b">, Node<"sum", Add, "a", "b">, Output<"sum">>, "odd", "pair">,
              Output<"y">>;
    static_assert(length_after<Halves, Shape<6, 2>>(5) == 2 && length_after<Nested, Shape<6, 2>>(5) == 2);
    static_assert(length_after<Sum<Pool1d<2>, EveryOther>, Shape<6, 2>>(5) == 2);
    static_assert(length_after<Halves, Shape<6, 2>>(6) == 3);
    Tensor<float, Shape<6, 2>> x;
    for (int i = 0; i < x.count; ++i) x[i] = static_cast<float>(i);
    const auto mean = [&]<class L>(std::type_identity<L>) {
        return Model<Sequential<L, MeanOverTime>, Shape<6, 2>>{}.predict(x, 5);
    };
    // EveryOther puts out frames 0 and 2, Pool1d frames 1 and 3, each of the values 2 t and 2 t + 1.
    const Tensor<float, Shape<2>> expected{6, 8};
    BOOST_TEST((mean(std::type_identity<Halves>{}) == expected));
    BOOST_TEST((mean(std::type_identity<Sum<Pool1d<2>, EveryOther>>{}) == expected));
    BOOST_TEST((mean(std::type_identity<Nested>{}) == expected));
}

// Attention to other frames has the length of its queries, also where the keys are fewer or more.
BOOST_AUTO_TEST_CASE(a_layer_that_reads_lengths_has_the_length_of_its_first_value) {
    using Net = Graph<Input<"x">, Node<"half", EveryOther, "x">, Node<"y", Attention<1>, "x", "half">, Output<"y">>;
    using Other = Graph<Input<"x">, Node<"half", EveryOther, "x">, Node<"y", Attention<1>, "half", "x">, Output<"y">>;
    static_assert(length_after<Net, Shape<6, 2>>(5) == 5 && length_after<Other, Shape<6, 2>>(5) == 3);
    BOOST_TEST((check_lengths<Net, Shape<6, 2>>()));
    BOOST_TEST((check_lengths<Other, Shape<6, 2>>()));
}

// Whether a network takes fewer frames is asked of all its outputs.
BOOST_AUTO_TEST_CASE(a_network_of_several_outputs_takes_lengths) {
    using Net =
        Graph<Input<"x">, Node<"half", EveryOther, "x">, Node<"mean", MeanOverTime, "half">, Output<"half", "mean">>;
    using M = Model<Net, Shape<6, 2>>;
    static_assert(std::is_same_v<decltype(kiln::detail::lengths_verdict<M>()), shapes_fit>);
    Tensor<float, Shape<6, 2>> x;
    for (int i = 0; i < x.count; ++i) x[i] = static_cast<float>(i);
    const M model{Seed{1}};
    const auto y = model.predict(x, 3);  // frames 0 and 2
    BOOST_TEST(y.get<1>()[0] == 2);
}

// The law asks for no length that leaves a layer without frames.
BOOST_AUTO_TEST_CASE(a_chain_that_takes_no_single_frame_keeps_the_rules) {
    BOOST_TEST((check_lengths<Sequential<Conv1d<3, 2, 3>, MeanOverTime>, Shape<6, 3>>()));
}
