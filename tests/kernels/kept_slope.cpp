// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.kept_slope
#include <kiln/core/functions.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/kept_slope.hpp>
#include <kiln/layers/linear.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <cmath>
#include <limits>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {
struct Bell {
    constexpr auto operator()(const auto& x) const { return math::exp(-(x * x)); }
};
template <bool Keeps>
struct BellLayer {
    using Function = Bell;
    static constexpr bool keeps_slope = Keeps;
};
double bell(double x) { return std::exp(-x * x); }
double bell_slope(double x) { return -2 * x * std::exp(-x * x); }
}  // namespace

using Elements = std::tuple<float, double, Lanes<float, 8>, Lanes<float, 16>>;
using Counts = std::tuple<Shape<1>, Shape<7>, Shape<16>, Shape<3, 31>>;  // less than a pack, a pack, packs and a rest

template <class E, class In>
void require_derivatives() {
    Tensor<E, In> x, dy, y, slope, dx, in_place, again;
    Random random{Seed{1}};
    fill(x, random, 2);
    fill(dy, random);
    in_place = x;
    kernels::apply_in_packs(Bell{}, x, y);
    kernels::apply_and_keep_slope(Bell{}, in_place, in_place, slope);
    kernels::apply_kept_slope(slope, dy, dx);
    kernels::apply_derivative(Bell{}, x, dy, again);
    for (int l = 0; l < width<E>; ++l)
        for (int i = 0; i < In::count; ++i) {
            const double at = double(lane(x.data[i], l)), given = double(lane(dy.data[i], l));
            BOOST_TEST(std::abs(double(lane(y.data[i], l)) - bell(at)) <= 3e-7);  // a few roundings of floats below 1
            // The compiler may fuse the products of numbers and of dual numbers differently.
            BOOST_TEST(std::abs(double(lane(in_place.data[i], l)) - double(lane(y.data[i], l))) <=
                       2 * double(std::numeric_limits<scalar_t<scalar_t<E>>>::epsilon()));
            BOOST_TEST(std::abs(double(lane(dx.data[i], l)) - given * bell_slope(at)) <= 5e-7);
            BOOST_TEST(std::abs(double(lane(again.data[i], l)) - given * bell_slope(at)) <= 5e-7);
        }
    kernels::apply_kept_slope(slope, dy, dy);
    for (int l = 0; l < width<E>; ++l) BOOST_TEST((lane_of(dy, l) == lane_of(dx, l)));
}
BOOST_AUTO_TEST_CASE_TEMPLATE(slopes_are_kept_or_computed_for_every_element_once, E, Elements) {
    std::apply([]<class... In>(In...) { (require_derivatives<E, In>(), ...); }, Counts{});
}

template <class E, bool Keeps>
void require_layer_and_function() {
    using In = Shape<5>;
    using Fused = kernels::Following<Linear<5, 18>, BellLayer<Keeps>>;
    static_assert(Fused::shape(Extents{5}).out == Extents{18} && multiply_adds<Fused, Shape<5>>() == 90);
    static_assert(kiln::reads_input<Fused> && !kiln::reads_output<Fused>);
    Instance<Fused, In, E> fused(1);
    Instance<Linear<5, 18>, In, E> linear(1);
    fused.forward();
    fused.backward();
    linear.forward();
    for (int k = 0; k < 18; ++k)
        for (int l = 0; l < width<E>; ++l)
            set_lane(linear.dy[k], l, lane(linear.dy[k], l) * scalar_t<E>(bell_slope(double(lane(linear.y[k], l)))));
    linear.backward();
    for (int l = 0; l < width<E>; ++l) {
        for (int k = 0; k < 18; ++k)
            BOOST_TEST(std::abs(double(lane(fused.y[k], l)) - bell(double(lane(linear.y[k], l)))) <= 5e-7);
        BOOST_TEST(distance(lane_of(fused.dx, l), lane_of(linear.dx, l)) <= 2e-6);
    }
    BOOST_TEST(record_distance<scalar_t<E>>(fused.gradients, linear.gradients) <= 2e-6);
    const auto trained = fused.y;
    fused.infer();
    for (int l = 0; l < width<E>; ++l) BOOST_TEST(distance(lane_of(fused.y, l), lane_of(trained, l)) <= 1e-6);
}
BOOST_AUTO_TEST_CASE_TEMPLATE(following_is_the_layer_and_then_the_function, E, Elements) {
    require_layer_and_function<E, true>();
    require_layer_and_function<E, false>();
}
