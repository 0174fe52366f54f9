// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.verdict
#include <kiln/core/verdict.hpp>
#include <kiln/losses/cross_entropy.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/random_networks.hpp"

#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

template <class Net, class In>
using Verdict = decltype(verdict<Net, In>());
template <class Net, class In, class Expected>
constexpr bool says = std::is_same_v<Verdict<Net, In>, Expected>;
template <class... Facts>
using Mismatch = shape_mismatch<Facts...>;
using Image = Shape<1, 28, 28>;

static_assert(says<Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<1352, 10>>, Image, shapes_fit>);
static_assert(shapes_fit::shapes_agree);

// The first misfit of a chain: its place, the layer, its need, the input, and the layer that would have fitted.
static_assert(says<Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<1000, 10>>, Image,
                   Mismatch<layer<3>, Linear<1000, 10>, expects<elements<1000>>, got<Shape<8, 13, 13>>,
                            try_this<Linear<1352, 10>>>>);
static_assert(says<Sequential<ReLU, Conv<3, 8, 3>, Linear<9, 10>>, Image,
                   Mismatch<layer<1>, Conv<3, 8, 3>, expects<channels<3>>, got<Image>, try_this<Conv<1, 8, 3>>>>);
static_assert(says<Sequential<Linear<784, 9>, Conv<1, 8, 3>>, Image,
                   Mismatch<layer<1>, Conv<1, 8, 3>, expects<rank<3>>, got<Shape<9>>>>);
static_assert(says<Sequential<Conv<1, 8, 29>>, Image,
                   Mismatch<layer<0>, Conv<1, 8, 29>, expects<map_of_at_least<29, 29>>, got<Image>>>);
static_assert(
    says<Sequential<Pool<30>>, Image, Mismatch<layer<0>, Pool<30>, expects<map_of_at_least<30, 30>>, got<Image>>>);
static_assert(
    says<Sequential<Conv<1, 8, 0>>, Image, Mismatch<layer<0>, Conv<1, 8, 0>, expects<positive_arguments>, got<Image>>>);

// Nested positions; a network that is one layer has none.
static_assert(
    says<Sequential<ReLU, Sequential<Tanh, Sequential<Linear<9, 4>>>>, Shape<5>,
         Mismatch<layer<1, 1, 0>, Linear<9, 4>, expects<elements<9>>, got<Shape<5>>, try_this<Linear<5, 4>>>>);
static_assert(says<Linear<9, 4>, Shape<5>,
                   Mismatch<layer<>, Linear<9, 4>, expects<elements<9>>, got<Shape<5>>, try_this<Linear<5, 4>>>>);

static_assert(
    says<Sequential<>, Shape<5>, Mismatch<layer<>, Sequential<>, expects<at_least_one_layer>, got<Shape<5>>>>);
static_assert(says<Sequential<ReLU, Sequential<>>, Shape<5>,
                   Mismatch<layer<1>, Sequential<>, expects<at_least_one_layer>, got<Shape<5>>>>);

// A faulty input shape is reported before anything else.
static_assert(says<Linear<9, 4>, Shape<1, 0, 28>, Mismatch<expects<positive_sizes>, got<Shape<1, 0, 28>>>>);
static_assert(says<Linear<9, 4>, Shape<-3>, Mismatch<expects<positive_sizes>, got<Shape<-3>>>>);
static_assert(says<Linear<9, 4>, Shape<>, Mismatch<expects<one_to_five_dimensions>, got<Shape<>>>>);
static_assert(says<Linear<9, 4>, int, Mismatch<expects<a_shape>, got<int>>>);

// Types that are not layers: the missing member of the contract is reported.
struct Nonsense {};
struct OnlyShape {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
};
struct OnlyForward : OnlyShape {
    static constexpr void forward(const auto&, auto&, auto) {}
};
static_assert(says<Sequential<ReLU, Nonsense>, Shape<5>, not_a_layer<layer<1>, Nonsense, missing<member::shape>>>);
static_assert(says<Sequential<OnlyShape, ReLU>, Shape<5>, not_a_layer<layer<0>, OnlyShape, missing<member::forward>>>);
static_assert(says<Sequential<ReLU, Sequential<Tanh, OnlyForward>>, Shape<5>,
                   not_a_layer<layer<1, 1>, OnlyForward, missing<member::backward>,
                               try_one_of<way::Activation, way::express, way::backward>>>);

// A layer of the user's without `needs`.
struct Choosy {
    static constexpr Fit shape(Extents in) { return {.out = in, .fits = false}; }
};
static_assert(says<Sequential<Choosy>, Shape<5>, Mismatch<layer<0>, Choosy, expects<anything_else>, got<Shape<5>>>>);

static_assert(std::is_same_v<decltype(loss_verdict<CrossEntropy, Shape<10>>()), shapes_fit>);
static_assert(std::is_same_v<decltype(loss_verdict<CrossEntropy, Shape<2, 5, 3>>()),
                             loss_mismatch<CrossEntropy, expects<rank<1>>, got<Shape<2, 5, 3>>>>);

/// The place that the verdict on a spoiled network must name: the layer's group and, in a group that is a Sequential,
/// its place there.
template <class Case, class Verdict>
constexpr bool points_at_misfit = false;
template <class Case, int... Position, class... Facts>
constexpr bool points_at_misfit<Case, shape_mismatch<layer<Position...>, Facts...>> = [] {
    const int position[] = {Position...};
    const bool wrapped = Case::recipe.wrapped[Case::recipe.misfit_position[0]];
    return sizeof...(Position) == (wrapped ? 2 : 1) && position[0] == Case::recipe.misfit_position[0] &&
           (!wrapped || position[sizeof...(Position) - 1] == Case::recipe.misfit_position[1]);
}();

}  // namespace

using Spoiled = RandomNetworks<1, 40, true>;
BOOST_AUTO_TEST_CASE_TEMPLATE(one_mistake_in_a_random_network_is_found_where_it_is, Case, Spoiled) {
    static_assert(points_at_misfit<Case, Verdict<typename Case::Layer, typename Case::Input>>);
}

using Sound = RandomNetworks<1, 40>;
BOOST_AUTO_TEST_CASE_TEMPLATE(random_networks_without_mistake_fit, Case, Sound) {
    static_assert(says<typename Case::Layer, typename Case::Input, shapes_fit>);
    static_assert(Case::Layer::shape(Case::Input::extents).out == Case::recipe.output);
}
