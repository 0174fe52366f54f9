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

template <class Number, int C, int H, int W, int Window, int Stride>
struct Size {
    using E = Number;
    using In = Shape<C, H, W>;
    using Out = Shape<C, slide(H, Window, Stride), slide(W, Window, Stride)>;
    static constexpr int window = Window, stride = Stride;
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
    constexpr Extents out = Size::Out::extents;
    for (int c = 0; c < out[0]; ++c)
        for (int i = 0; i < out[1]; ++i)
            for (int j = 0; j < out[2]; ++j) {
                int r = i * Size::stride, s = j * Size::stride;
                for (int u = 0; u < Size::window; ++u)
                    for (int v = 0; v < Size::window; ++v)
                        if (x(c, i * Size::stride + u, j * Size::stride + v) > x(c, r, s))
                            r = i * Size::stride + u, s = j * Size::stride + v;
                f(c, i, j, r, s);
            }
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(max_pool_takes_the_largest_of_every_window, Case, AllSizes) {
    Operands<Case> at;
    kernels::max_pool<Case::window, Case::stride>(at.x, at.y);
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto x = lane_of(at.x, l);
        const auto y = lane_of(at.y, l);
        for_each_largest<Case>(x, [&](int c, int i, int j, int r, int s) { BOOST_TEST(y(c, i, j) == x(c, r, s)); });
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(max_pool_gradient_goes_to_the_first_of_the_largest, Case, AllSizes) {
    Operands<Case> at;
    kernels::max_pool<Case::window, Case::stride>(at.x, at.y);
    kernels::max_pool_gradient<Case::window, Case::stride>(at.x, at.y, at.dy, at.dx);
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto x = lane_of(at.x, l), given = lane_of(at.dx, l);
        const auto dy = lane_of(at.dy, l);
        Tensor<double, typename Case::In> dx{};
        for_each_largest<Case>(x, [&](int c, int i, int j, int r, int s) { dx(c, r, s) += dy(c, i, j); });
        // Where windows overlap an input may collect up to nine slopes, each sum rounded: 9 epsilon.
        BOOST_TEST(distance(given, dx) <= 9 * std::numeric_limits<scalar_t<typename Case::E>>::epsilon());
    }
}
