// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.epilogue
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/epilogue.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"
#include "laws/softsign.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

static_assert(Pointwise<Softsign> && Pointwise<ReLU> && Pointwise<Tanh> && !Pointwise<Linear<1, 1>>);

using Elements = std::tuple<float, double, Lanes<float, 8>, Lanes<float, 16>>;

BOOST_AUTO_TEST_CASE_TEMPLATE(apply_is_the_value_of_the_activation, E, Elements) {
    using S = scalar_t<E>;
    const kernels::Apply<Softsign> apply;
    for (const float x : {-3.0f, 0.0f, 0.25f, 7.0f}) BOOST_TEST(lane(apply(E(S(x))), 0) == Softsign::value(S(x)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(apply_slope_multiplies_dy_where_it_stands, E, Elements) {
    Tensor<E, Shape<3, 7>> y, dy;
    Random random{Seed{17}};
    fill(y, random);
    fill(dy, random);
    const auto before = dy;
    kernels::apply_slope<Softsign>(y, dy);
    for (int l = 0; l < width<E>; ++l)
        for (int i = 0; i < y.count; ++i) {
            const double rest = 1 - std::abs(double(lane(y.data[i], l)));
            const double expected = double(lane(before.data[i], l)) * rest * rest;
            BOOST_TEST(std::abs(double(lane(dy.data[i], l)) - expected) <= 1e-6);  // three roundings of floats up to 1
        }
}
