// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.average_pool
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/average_pool.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <limits>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

template <class Number, int C, int H, int W, int Window, int Stride, int Padding = 0>
struct Size {
    using E = Number;
    using In = Shape<C, H, W>;
    using Out = Shape<C, slide(H, Window, Stride, Padding), slide(W, Window, Stride, Padding)>;
    static constexpr int window = Window, stride = Stride, padding = Padding;
};

template <class E>
using Sizes = std::tuple<Size<E, 1, 1, 1, 1, 1>, Size<E, 2, 6, 4, 2, 2>, Size<E, 2, 7, 9, 3, 2>,  //
                         Size<E, 1, 8, 9, 2, 3>,                                                  // gaps
                         Size<E, 3, 5, 7, 2, 2>,                                                  // a rest
                         Size<E, 1, 2, 70, 2, 2>, Size<E, 1, 3, 67, 3, 1>,                        // long rows
                         Size<E, 2, 7, 9, 3, 2, 1>, Size<E, 1, 1, 5, 2, 2, 1>, Size<E, 2, 4, 3, 5, 1, 2>,
                         Size<E, 1, 6, 5, 2, 3, 1>>;
using AllSizes =
    decltype(std::tuple_cat(Sizes<float>{}, Sizes<double>{}, Sizes<Lanes<float, 8>>{}, Sizes<Lanes<float, 16>>{}));

/// f(c, i, j, r, s) for every pixel r, s that output i, j of channel c sees.
template <class Case>
void for_each_pair(auto f) {
    constexpr Extents in = Case::In::extents, out = Case::Out::extents;
    for (int c = 0; c < out[0]; ++c)
        for (int i = 0; i < out[1]; ++i)
            for (int j = 0; j < out[2]; ++j)
                for (int r = 0; r < in[1]; ++r)
                    for (int s = 0; s < in[2]; ++s) {
                        const int u = r - i * Case::stride + Case::padding, v = s - j * Case::stride + Case::padding;
                        if (0 <= u && u < Case::window && 0 <= v && v < Case::window) f(c, i, j, r, s);
                    }
}

// A sum of up to 25 numbers, each rounded.
template <class Case>
constexpr double tolerance = 25 * std::numeric_limits<scalar_t<typename Case::E>>::epsilon();

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(average_pool_averages_every_window_padding_included, Case, AllSizes) {
    Tensor<typename Case::E, typename Case::In> x;
    Tensor<typename Case::E, typename Case::Out> y;
    Random random{Seed{3}};
    fill(x, random);
    kernels::average_pool<Case::window, Case::stride, Case::padding>(x, y);
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto pixels = lane_of(x, l);
        Tensor<double, typename Case::Out> expected{};
        for_each_pair<Case>([&](int c, int i, int j, int r, int s) {
            expected(c, i, j) += pixels(c, r, s) / (Case::window * Case::window);
        });
        BOOST_TEST(distance(lane_of(y, l), expected) <= tolerance<Case>);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(average_pool_gradient_shares_every_slope, Case, AllSizes) {
    Tensor<typename Case::E, typename Case::In> dx;
    Tensor<typename Case::E, typename Case::Out> dy;
    Random random{Seed{4}};
    fill(dy, random);
    for (auto& value : dx) value = scalar_t<typename Case::E>(std::numeric_limits<double>::quiet_NaN());
    kernels::average_pool_gradient<Case::window, Case::stride, Case::padding>(dy, dx);
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto slopes = lane_of(dy, l);
        Tensor<double, typename Case::In> expected{};
        for_each_pair<Case>([&](int c, int i, int j, int r, int s) {
            expected(c, r, s) += slopes(c, i, j) / (Case::window * Case::window);
        });
        BOOST_TEST(distance(lane_of(dx, l), expected) <= tolerance<Case>);
    }
}
