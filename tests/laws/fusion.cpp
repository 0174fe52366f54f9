// SPDX-License-Identifier: BSL-1.0
// (Many networks, all of them small: compiling takes longer than running.)
#define BOOST_TEST_MODULE laws.fusion
#include <kiln/core/lanes.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"
#include "laws/networks.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>

// A layer may do the work of the layers behind it. Outputs and gradients must not show that: they equal those of a
// network whose layers are kept apart.

using namespace kiln;
using namespace kiln::laws;

namespace {

/// The same network with each layer in a Sequential of its own, which no other layer can see into.
template <class L>
struct separated {
    using type = Sequential<L>;
};
template <class... Layers>
struct separated<Sequential<Layers...>> {
    using type = Sequential<typename separated<Layers>::type...>;
};

/// Largest differences between a network and its separated twin.
template <class Case, class E>
double largest_difference() {
    using In = typename Case::Input;
    using S = scalar_t<E>;
    Instance<typename Case::Layer, In, E> net(1);
    Instance<typename separated<typename Case::Layer>::type, In, E> apart(1);  // the same numbers
    net.forward();
    net.backward();
    apart.forward();
    apart.backward();
    double most = 0;
    const auto compare = [&](const auto& a, const auto& b) {
        for (int l = 0; l < width<E>; ++l) most = std::max(most, distance(lane_of(a, l), lane_of(b, l)));
    };
    const auto compare_gradients = [&] {
        const auto a = tensors<S>(net.gradients), b = tensors<S>(apart.gradients);
        for (std::size_t k = 0; k < b.size(); ++k) most = std::max(most, distance(a[k], b[k]));
    };
    compare(net.y, apart.y);
    compare(net.dx, apart.dx);
    compare_gradients();
    set_zero<S>(net.gradients);
    net.backward_without_dx();
    compare_gradients();
    net.infer();
    compare(net.y, apart.y);
    return most;
}

// Stages that share their memory leave fewer edges to keep.
template <class Net, class In>
constexpr bool saves_memory = sizeof(tape_t<Net, float, In>) < sizeof(tape_t<typename separated<Net>::type, float, In>);
static_assert(saves_memory<Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<1352, 10>>, Shape<1, 28, 28>>);
static_assert(saves_memory<Sequential<Conv<1, 8, 3>, Pool<2>, Tanh, Linear<1352, 10>>, Shape<1, 28, 28>>);
static_assert(saves_memory<Sequential<Conv<2, 4, 3, 1, 1, 2>, ReLU, Linear<64, 3>>, Shape<2, 4, 4>>);
static_assert(saves_memory<Sequential<ConvTranspose<2, 3, 3>, ReLU, Linear<48, 3>>, Shape<2, 2, 2>>);
static_assert(saves_memory<Sequential<Linear<6, 17>, ReLU, Linear<17, 5>>, Shape<6>>);

// Reports, names and files show the layers that the user wrote.
using Written = parameters_t<Sequential<ReLU, Conv<1, 8, 3>, ReLU, Pool<2>, Linear<1352, 10>>, float, Shape<1, 28, 28>>;
static_assert(tensor_count<Written> == 4 && schema<Written>[0].name.text[0] == '1' &&
              schema<Written>[2].name.text[0] == '4');

}  // namespace

// In double the order of sums is all that may differ: a few hundred roundings of 1.1e-16.
BOOST_AUTO_TEST_CASE_TEMPLATE(fused_layers_do_what_they_do_apart, Case, FusedNetworks) {
    BOOST_TEST((largest_difference<Case, double>()) <= 1e-12);
}

// As in laws/lanes.cpp.
BOOST_AUTO_TEST_CASE_TEMPLATE(fused_layers_do_so_for_one_sample_of_float, Case, FusedNetworks) {
    BOOST_TEST((largest_difference<Case, float>()) <= 2e-5);
}
using InLanes = std::tuple<On<Sequential<Conv<1, 5, 3>, ReLU, Pool<2>>, Shape<1, 8, 6>>,
                           On<Sequential<Conv<2, 5, 3, 1, 1>, Pool<2>, Linear<30, 3>>, Shape<2, 6, 4>>,
                           On<Sequential<Tanh, Conv<2, 7, 3>, Tanh, Pool<3>, Linear<14, 3>>, Shape<2, 8, 5>>,
                           On<Sequential<Tanh, Conv<4, 6, 3, 1, 1, 2>, ReLU, Linear<72, 3>>, Shape<4, 3, 4>>,
                           On<Sequential<Tanh, ConvTranspose<2, 3, 3, 2, 1, 1>, ReLU, Linear<72, 3>>, Shape<2, 2, 3>>,
                           On<Sequential<Linear<6, 17>, ReLU, Linear<17, 5>, Tanh>, Shape<6>>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(fused_layers_do_so_in_lanes, Case, InLanes) {
    BOOST_TEST((largest_difference<Case, Lanes<float, 16>>()) <= 2e-5);
}
