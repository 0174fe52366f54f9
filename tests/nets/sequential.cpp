// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE nets.sequential
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"
#include "laws/random_networks.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

using Card = Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<8 * 13 * 13, 10>>;
using Image = Shape<1, 28, 28>;
using Nested = Sequential<Conv<1, 2, 3>, Sequential<ReLU, Sequential<Pool<2>, Conv<2, 3, 2>>>, Linear<12, 4>>;
using Small = Shape<1, 8, 8>;

// The edges: the input of each layer, and the output of the last.
constexpr auto edges = Card::edges(Image::extents).extents;
static_assert(edges.size() == 5);
static_assert(edges[0] == Extents{1, 28, 28} && edges[1] == Extents{8, 26, 26} && edges[2] == edges[1]);
static_assert(edges[3] == Extents{8, 13, 13} && edges[4] == Extents{10});
static_assert(Card::shape(Image::extents).fits && Card::shape(Image::extents).out == Extents{10});

// The parts of a Sequential.
static_assert(Container<Card, Image> && !Container<ReLU, Image> && Layer<Card, Image>);
static_assert(Card::depth == 4 && std::is_same_v<Card::Layer<1>, ReLU> && std::is_same_v<Card::Layer<2>, Pool<2>>);
static_assert(std::is_same_v<Card::LayerInput<2, Image>, Shape<8, 26, 26>>);
static_assert(multiply_adds<Card, Image>() == 62'192 && Nested::shape(Small::extents).fits);

// A misfit is reported where it is, also within nested nets, and only the first of several.
constexpr bool misfit_at(const Fit& fit, std::initializer_list<int> position, Extents got) {
    return !fit.fits && fit.depth == static_cast<int>(position.size()) && fit.got == got &&
           std::equal(position.begin(), position.end(), fit.position);
}
static_assert(misfit_at(Sequential<Conv<1, 2, 3>, Linear<9, 4>>::shape({1, 8, 8}), {1}, {2, 6, 6}));
static_assert(misfit_at(Sequential<ReLU, Sequential<ReLU, Sequential<Tanh, Linear<9, 4>>>>::shape({5}), {1, 1, 1},
                        {5}));
static_assert(misfit_at(Sequential<Conv<1, 2, 9>, Conv<3, 2, 3>, Linear<1, 2>>::shape({1, 8, 8}), {0}, {1, 8, 8}));
static_assert(misfit_at(Sequential<ReLU, Sequential<>, Tanh>::shape({5}), {1}, {5}));
static_assert(!Sequential<>::shape({5}).fits && std::is_same_v<Sequential<>::needs<Shape<5>>, at_least_one_layer>);
// The output that a refused layer would have had goes on, so that the layers behind it are not blamed.
static_assert(Sequential<Linear<9, 4>, Linear<4, 3>>::shape({5}).out == Extents{3});

// Scratch is as large as the largest step: the input and the output of a layer, and the layer's own scratch. (None of
// these layers does the work of another.)
template <class E, class S>
constexpr std::size_t bytes = (sizeof(Tensor<E, S>) + 63) / 64 * 64;
using Steps = Sequential<Tanh, Pool<3, 2>, Conv<2, 3, 3, 1, 1>, Linear<75, 2>>;
using Map = Shape<2, 11, 11>;
template <class E, Wanted W>
constexpr bool is_the_largest_step =
    sizeof(scratch_t<Steps, E, Map, W>) == std::max({bytes<E, Map> + bytes<E, Shape<2, 5, 5>>,
                                                     bytes<E, Shape<2, 5, 5>> + bytes<E, Shape<2, 7, 7>> +
                                                         bytes<E, Shape<3, 5, 5>>,
                                                     bytes<E, Shape<3, 5, 5>>});
static_assert(is_the_largest_step<float, Wanted::outputs> && is_the_largest_step<double, Wanted::all_gradients>);
static_assert(is_the_largest_step<Lanes<float, 16>, Wanted::outputs>);
static_assert(sizeof(scratch_t<Sequential<ReLU>, float, Map, Wanted::outputs>) <= 64);
// The card network keeps nothing between its convolution and its pooled maps.
static_assert(sizeof(scratch_t<Card, float, Image, Wanted::outputs>) <= bytes<float, Shape<8, 26, 26>>);

/// Writes down the members of its pass.
struct Spy {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    template <class S, class In>
    struct Observed {
        BOOST_HANA_DEFINE_STRUCT(Observed, (Tensor<std::uint64_t, Shape<3>>, seen));
    };
    static constexpr void forward(const auto& x, auto& y, auto at) {
        for (int i = 0; i < x.count; ++i) y.data[i] = x.data[i];
        at.observed.seen = {at.pass.key, static_cast<std::uint64_t>(at.pass.first_sample),
                            static_cast<std::uint64_t>(at.pass.live)};
    }
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};

}  // namespace

BOOST_AUTO_TEST_CASE(sequential_names_parameters_by_position) {
    using Parameters = parameters_t<Nested, float, Small>;
    BOOST_REQUIRE(schema<Parameters>.size() == 6u);
    constexpr std::array<std::string_view, 6> names{"0.weight",   "0.bias",   "1.1.1.weight",
                                                    "1.1.1.bias", "2.weight", "2.bias"};
    for (std::size_t i = 0; i < 6; ++i) BOOST_TEST(schema<Parameters>[i].name.c_str() == names[i]);
    BOOST_TEST(scalar_count<Parameters>() == (2 * 9 + 2) + (3 * 2 * 4 + 3) + (12 * 4 + 4));
}

BOOST_AUTO_TEST_CASE(sequential_runs_its_layers_in_order) {
    Instance<Sequential<Linear<1, 1>, ReLU, Linear<1, 1>>, Shape<1>, float> net(1);
    const auto parts = tensors<float>(net.parameters);
    const float values[] = {2, -3, 10, 100};  // y = 10 max(0, 2 x - 3) + 100
    for (std::size_t i = 0; i < 4; ++i) *parts[i].data = values[i];
    for (const float x : {0.0f, 1.0f, 2.0f, 5.0f}) {
        net.x[0] = x;
        net.forward();
        BOOST_TEST(net.y[0] == 10 * std::max(0.0f, 2 * x - 3) + 100);
    }
}

// Edges share bytes in inference, but lie apart in training. Both must give the same.
using Cases = Joined<HandWrittenNetworks, FusedNetworks, RandomNetworks<1, 8>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(sequential_infers_what_it_computes_in_training, Case, Cases) {
    Instance<typename Case::Layer, typename Case::Input, float> net(1);
    net.forward();
    const auto trained = net.y;
    net.y = {};
    net.infer();
    // For floats there are kernels of their own that sum in another order.
    BOOST_TEST(distance(net.y, trained) <= 1e-5);
    BOOST_TEST(magnitude(trained) > 0.0);
}

// Wherever a network is cut, the stages before and behind the cut compute the same as the whole, with its parameters
// and its keys.
template <class Net, class In, int Cut>
void check_stages(const Instance<Net, In, float>& net) {
    constexpr int count = Net::template stage_count<In>;
    using First = typename Net::template Stages<In, 0, Cut>;
    using Second = typename Net::template Stages<In, Cut, count>;
    static_assert(std::is_same_v<typename First::Input, In> &&
                  std::is_same_v<typename Second::Output, output_t<Net, In>>);
    static_assert(std::is_same_v<typename First::Output, typename Second::Input>);
    static_assert(First::multiply_adds() + Second::multiply_adds() == multiply_adds<Net, In>());
    static_assert(First::parameter_count() + Second::parameter_count() == scalar_count<parameters_t<Net, float, In>>());
    Tensor<float, typename First::Output> between;
    Tensor<float, output_t<Net, In>> y;
    typename First::template Scratch<float, Wanted::outputs> first;
    typename Second::template Scratch<float, Wanted::outputs> second;
    Nothing none;
    Context at_first{net.parameters, none, net.state, none, none, none, first, Pass{}};
    Context at_second{net.parameters, none, net.state, none, none, none, second, Pass{}};
    First::forward(net.x, between, at_first);
    Second::forward(between, y, at_second);
    BOOST_TEST((y == net.y));
    if constexpr (Cut + 1 < count) check_stages<Net, In, Cut + 1>(net);
}
BOOST_AUTO_TEST_CASE(stages_of_a_sequential_do_together_what_it_does) {
    using Net = Sequential<Conv<1, 3, 3, 1, 1>, ReLU, Pool<2>, Conv<3, 4, 3>, Tanh, Linear<64, 7>, ReLU, Linear<7, 5>>;
    using In = Shape<1, 12, 12>;
    static_assert(Net::stage_count<In> == 4);
    Instance<Net, In, float> net(3);
    net.infer();
    BOOST_TEST(magnitude(net.y) > 0.0);
    check_stages<Net, In, 1>(net);
}

BOOST_AUTO_TEST_CASE(sequential_gives_every_layer_a_key_of_its_own) {
    using Net = Sequential<Spy, Sequential<Spy, Spy>, Spy>;
    const auto seen = [](Pass pass) {
        const Tensor<float, Shape<1>> x{1};
        Tensor<float, Shape<1>> y;
        Nothing none;
        using Observed = observed_t<Net, float, Shape<1>>;
        Observed observed{};
        scratch_t<Net, float, Shape<1>> scratch;
        tape_t<Net, float, Shape<1>> tape;
        Net::forward(x, y, Context{none, none, none, observed, none, tape, scratch, pass});
        return tensors<std::uint64_t>(observed).size() == 4 ? observed : Observed{};
    };
    auto training = seen({.training = true, .key = 7, .first_sample = 32, .live = 5});
    auto next_step = seen({.training = true, .key = 8, .first_sample = 32, .live = 5});
    const auto spies = tensors<std::uint64_t>(training), later = tensors<std::uint64_t>(next_step);
    for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t j = 0; j < i; ++j) BOOST_TEST(spies[i].data[0] != spies[j].data[0]);
        BOOST_TEST(spies[i].data[0] != later[i].data[0]);
        BOOST_TEST(spies[i].data[1] == 32u);
        BOOST_TEST(spies[i].data[2] == 5u);
    }
}

BOOST_AUTO_TEST_CASE(sequential_draws_starting_values_layer_by_layer) {
    parameters_t<Sequential<Linear<3, 2>, Tanh, Linear<2, 2>>, float, Shape<3>> parameters{};
    Random random{Seed{5}};
    initialize<Sequential<Linear<3, 2>, Tanh, Linear<2, 2>>>(parameters, random);
    parameters_t<Linear<3, 2>, float, Shape<3>> first{};
    parameters_t<Linear<2, 2>, float, Shape<2>> second{};
    Random again{Seed{5}};
    initialize<Linear<3, 2>>(first, again);
    initialize<Linear<2, 2>>(second, again);
    BOOST_TEST((hana::at_c<0>(parameters).weight == first.weight));
    BOOST_TEST((hana::at_c<2>(parameters).weight == second.weight));
    BOOST_TEST((hana::at_c<2>(parameters).bias == second.bias));
}
