// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.frame_pool
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/frame_pool.hpp>

#include <boost/test/unit_test.hpp>

using namespace kiln;

static_assert(kernels::FramesWindowed<3, 2>::shape({8, 4}).out == Extents{3, 4});
static_assert(kernels::FramesWindowed<3, 2>::length({8, 4}, 6) == 2);
static_assert(kernels::FramesWindowed<3, 2>::length({8, 4}, 2) == 0);

BOOST_AUTO_TEST_CASE(the_slope_of_a_maximum_goes_to_the_first_of_the_largest) {
    const Tensor<float, Shape<4, 1>> x{1, 2, 2, 0};
    Tensor<float, Shape<2, 1>> y, dy{10, 1};
    Tensor<float, Shape<4, 1>> dx;
    kernels::max_frames<3, 1>(x, y);
    kernels::max_frames_gradient<3, 1>(x, y, dy, dx);
    BOOST_TEST((y == Tensor<float, Shape<2, 1>>{2, 2}));
    BOOST_TEST((dx == Tensor<float, Shape<4, 1>>{0, 11, 0, 0}));
}

BOOST_AUTO_TEST_CASE(windows_that_overlap_share_their_slopes) {
    const Tensor<float, Shape<2, 1>> dy{3, 6};
    Tensor<float, Shape<4, 1>> dx;
    kernels::mean_frames_gradient<3, 1>(dy, dx);
    BOOST_TEST((dx == Tensor<float, Shape<4, 1>>{1, 3, 3, 2}));
}

BOOST_AUTO_TEST_CASE(each_lane_has_as_many_frames_as_its_sample) {
    using V = Lanes<float, 2>;
    const int lengths[] = {2, 3};
    const Pass pass{.live = 2, .lengths = lengths};
    Tensor<V, Shape<3, 1>> x, dx;
    for (int t = 0; t < 3; ++t) x[t].v[0] = x[t].v[1] = static_cast<float>(t + 1);
    Tensor<V, Shape<1>> y, dy;
    dy[0] = V(6.0f);
    kernels::mean_over_time(x, y, pass);
    BOOST_TEST(y[0].v[0] == 1.5f);
    BOOST_TEST(y[0].v[1] == 2);
    kernels::mean_over_time_gradient(dy, dx, pass);
    BOOST_TEST(dx[1].v[0] == 3);
    BOOST_TEST(dx[2].v[0] == 0);
    BOOST_TEST(dx[2].v[1] == 2);
    kernels::max_over_time(x, y, pass);
    BOOST_TEST(y[0].v[0] == 2);
    BOOST_TEST(y[0].v[1] == 3);
    x[2].v[0] = 2;  // as large, but no frame of the sample
    kernels::max_over_time_gradient(x, y, dy, dx, pass);
    BOOST_TEST(dx[1].v[0] == 6);
    BOOST_TEST(dx[2].v[0] == 0);
    BOOST_TEST(dx[2].v[1] == 6);
}
