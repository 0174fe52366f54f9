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

// The law asks for no length that leaves a layer without frames.
BOOST_AUTO_TEST_CASE(a_chain_that_takes_no_single_frame_keeps_the_rules) {
    BOOST_TEST((check_lengths<Sequential<Conv1d<3, 2, 3>, MeanOverTime>, Shape<6, 3>>()));
}
