// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.pointwise
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/pointwise.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

using Elements = std::tuple<float, double, Lanes<float, 4>, Lanes<float, 8>, Lanes<float, 16>, Lanes<float, 32>>;
using Awkward = Shape<3, 5, 7>;

BOOST_AUTO_TEST_CASE_TEMPLATE(apply_calls_the_function_on_every_element, E, Elements) {
    Random random{Seed{14}};
    Tensor<E, Awkward> x;
    Tensor<E, Shape<105>> y;  // another shape of as many elements
    fill(x, random);
    kernels::apply([](const E& a) { return a * a - E(scalar_t<E>(0.5)); }, x, y);
    for (int l = 0; l < width<E>; ++l)
        for (int i = 0; i < 105; ++i) {
            const double a = double(lane(x[i], l));
            // The product may be rounded or contracted with the difference.
            BOOST_TEST(std::abs(double(lane(y[i], l)) - (a * a - 0.5)) <= 1e-7);
        }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(apply_takes_elements_of_two_tensors_in_order, E, Elements) {
    Random random{Seed{15}};
    Tensor<E, Awkward> x, y, z;
    fill(x, random);
    fill(y, random);
    kernels::apply([](const E& a, const E& b) { return select(a > b, a, -b); }, x, y, z);
    for (int l = 0; l < width<E>; ++l)
        for (int i = 0; i < z.count; ++i) {
            const auto a = lane(x[i], l), b = lane(y[i], l);
            BOOST_TEST(lane(z[i], l) == (a > b ? a : -b));
        }
}

BOOST_AUTO_TEST_CASE(apply_may_write_where_it_reads) {
    Tensor<float, Shape<4>> x{1, -2, 3, -4};
    kernels::apply([](float a) { return -a; }, x, x);
    BOOST_TEST((x == Tensor<float, Shape<4>>{-1, 2, -3, 4}));
}

static_assert([] {
    Tensor<Lanes<float, 4>, Shape<2>> x{1.0f, 2.0f}, y{};
    kernels::apply([](const Lanes<float, 4>& a) { return a + a; }, x, y);
    return y[0].v[3] == 2 && y[1].v[0] == 4;
}());
