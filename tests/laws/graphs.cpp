// SPDX-License-Identifier: BSL-1.0
// (Many networks, all of them small: compiling takes longer than running.)
#define BOOST_TEST_MODULE laws.graphs
#include <kiln/model/model.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "laws/random_graphs.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

// Seeds whose graphs have nodes of every kind.
using Cases = RandomGraphs<1646, 10>;

template <class... Case>
constexpr int how_many_have(NodeKind kind, const std::tuple<Case...>*) {
    return (static_cast<int>(Case::recipe.has(kind)) + ...);
}
template <class... Case>
constexpr int within_residuals(const std::tuple<Case...>*) {
    return (static_cast<int>(Case::recipe.within_a_residual) + ...);
}
constexpr bool every_kind_is_drawn() {
    constexpr const Cases* cases = nullptr;
    for (int kind = 0; kind <= static_cast<int>(NodeKind::concat); ++kind)
        if (how_many_have(static_cast<NodeKind>(kind), cases) < 2) return false;
    return within_residuals(cases) > 0;
}
static_assert(every_kind_is_drawn());

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(random_graphs_have_the_sizes_of_their_recipes, Case, Cases) {
    constexpr Fit fit = Case::Layer::shape(Case::Input::extents);
    static_assert(fit.fits && fit.out == Extents{Case::recipe.output()});
    static_assert(Model<typename Case::Layer, typename Case::Input>::parameter_count == Case::recipe.parameters);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(random_graphs_obey_the_gradient_law, Case, Cases) {
    // As in laws/gradient.cpp, but up to ten layers in a row multiply the errors by their gains, which are small.
    require_gradient_law<typename Case::Layer, typename Case::Input>(1e-11);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sixteen_lanes_of_a_random_graph_do_what_one_sample_does, Case, Cases) {
    require_lanes_law<typename Case::Layer, typename Case::Input>(2e-5);  // as in laws/lanes_of_networks.cpp
}
