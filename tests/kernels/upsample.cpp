// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.upsample
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/upsample.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

using Elements = std::tuple<float, double, Lanes<float, 16>>;

BOOST_AUTO_TEST_CASE_TEMPLATE(upsample_copies_each_pixel_into_a_square, E, Elements) {
    Tensor<E, Shape<2, 3, 5>> x;
    Tensor<E, Shape<2, 9, 15>> y;
    Random random{Seed{1}};
    fill(x, random);
    kernels::upsample<3>(x, y);
    for (int l = 0; l < width<E>; ++l)
        for (int c = 0; c < 2; ++c)
            for (int i = 0; i < 9; ++i)
                for (int j = 0; j < 15; ++j) BOOST_TEST(lane_of(y, l)(c, i, j) == lane_of(x, l)(c, i / 3, j / 3));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(upsample_gradient_sums_the_slopes_of_a_square, E, Elements) {
    Tensor<E, Shape<1, 1, 2>> dx;
    Tensor<E, Shape<1, 2, 4>> dy;
    const double slopes[8] = {1, 2, 10, 20, 4, 8, 40, 80};
    for (int k = 0; k < 8; ++k) dy[k] = E(scalar_t<E>(slopes[k]));
    kernels::upsample_gradient<2>(dy, dx);
    for (int l = 0; l < width<E>; ++l) BOOST_TEST((lane_of(dx, l) == Tensor<double, Shape<1, 1, 2>>{15, 150}));
}
