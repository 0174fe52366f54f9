// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.pool
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/pool.hpp>

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
using Sizes = std::tuple<Size<E, 1, 1, 1, 1, 1>, Size<E, 8, 26, 26, 2, 2>, Size<E, 2, 3, 4, 1, 1>,
                         Size<E, 2, 7, 9, 3, 2>,   // windows overlap
                         Size<E, 3, 6, 5, 3, 1>,   //
                         Size<E, 1, 8, 9, 2, 3>,   // gaps between them
                         Size<E, 3, 5, 7, 2, 2>,   // a row and a column left over
                         Size<E, 2, 4, 4, 4, 4>,   // window = map
                         Size<E, 1, 2, 35, 2, 2>,  // rows of one more than a native vector
                         Size<E, 1, 3, 67, 3, 2>>;
using AllSizes =
    decltype(std::tuple_cat(Sizes<float>{}, Sizes<double>{}, Sizes<Lanes<float, 8>>{}, Sizes<Lanes<float, 16>>{}));

template <class E>
using FewPaddedSizes = std::tuple<Size<E, 2, 7, 9, 3, 2, 1>, Size<E, 1, 1, 5, 2, 2, 1>, Size<E, 2, 4, 3, 5, 1, 2>,
                                  Size<E, 1, 6, 5, 2, 3, 1>, Size<E, 1, 3, 35, 3, 3, 1>>;
using PaddedSizes =
    decltype(std::tuple_cat(FewPaddedSizes<float>{}, FewPaddedSizes<double>{}, FewPaddedSizes<Lanes<float, 16>>{}));

/// x holds whole numbers from -3 to 3, so that windows have several largest elements.
template <class Size>
struct Operands {
    using E = typename Size::E;
    Tensor<E, typename Size::In> x, dx;
    Tensor<E, typename Size::Out> y, dy;

    Operands() {
        Random random{Seed{13}};
        for (E& value : x)
            for (int l = 0; l < width<E>; ++l) set_lane(value, l, scalar_t<E>(random.below(7) - 3));
        fill(dy, random);
        for (E& value : dx) value = scalar_t<E>(std::numeric_limits<double>::quiet_NaN());
    }
};

/// Calls f(c, i, j, r, s) for every output pixel i, j of channel c, with the first of the largest inputs r, s.
template <class Size>
void for_each_largest(const Tensor<double, typename Size::In>& x, auto f) {
    constexpr Extents in = Size::In::extents, out = Size::Out::extents;
    for (int c = 0; c < out[0]; ++c)
        for (int i = 0; i < out[1]; ++i)
            for (int j = 0; j < out[2]; ++j) {
                int r = -1, s = -1;
                for (int u = 0; u < Size::window; ++u)
                    for (int v = 0; v < Size::window; ++v) {
                        const int row = i * Size::stride + u - Size::padding,
                                  column = j * Size::stride + v - Size::padding;
                        if (row < 0 || row >= in[1] || column < 0 || column >= in[2]) continue;
                        if (r < 0 || x(c, row, column) > x(c, r, s)) r = row, s = column;
                    }
                f(c, i, j, r, s);
            }
}

template <class Case>
void require_largest(const Operands<Case>& at) {
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto x = lane_of(at.x, l);
        const auto y = lane_of(at.y, l);
        for_each_largest<Case>(x, [&](int c, int i, int j, int r, int s) { BOOST_TEST(y(c, i, j) == x(c, r, s)); });
    }
}
template <class Case>
void require_slopes_of_largest(const Operands<Case>& at) {
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto x = lane_of(at.x, l), given = lane_of(at.dx, l);
        const auto dy = lane_of(at.dy, l);
        Tensor<double, typename Case::In> dx{};
        for_each_largest<Case>(x, [&](int c, int i, int j, int r, int s) { dx(c, r, s) += dy(c, i, j); });
        // Where windows overlap an input may collect up to 25 slopes, each sum rounded: 25 epsilon.
        BOOST_TEST(distance(given, dx) <= 25 * std::numeric_limits<scalar_t<typename Case::E>>::epsilon());
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(max_pool_takes_the_largest_of_every_window, Case, AllSizes) {
    Operands<Case> at;
    kernels::max_pool<Case::window, Case::stride>(at.x, at.y);
    require_largest<Case>(at);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(max_pool_gradient_goes_to_the_first_of_the_largest, Case, AllSizes) {
    Operands<Case> at;
    kernels::max_pool<Case::window, Case::stride>(at.x, at.y);
    kernels::max_pool_gradient<Case::window, Case::stride>(at.x, at.y, at.dy, at.dx);
    require_slopes_of_largest<Case>(at);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(max_pool_padded_takes_the_largest_of_what_a_window_sees, Case, PaddedSizes) {
    Operands<Case> at;
    kernels::max_pool_padded<Case::window, Case::stride, Case::padding>(at.x, at.y);
    require_largest<Case>(at);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(max_pool_padded_gradient_goes_to_the_first_of_them, Case, PaddedSizes) {
    Operands<Case> at;
    kernels::max_pool_padded<Case::window, Case::stride, Case::padding>(at.x, at.y);
    kernels::max_pool_padded_gradient<Case::window, Case::stride, Case::padding>(at.x, at.y, at.dy, at.dx);
    require_slopes_of_largest<Case>(at);
}
