// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.correlate_pool
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/correlate_pool.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <limits>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

/// C maps of H x W, O output channels, a K x K kernel, N x N windows.
template <class Number, int C, int H, int W, int O, int K, int N>
struct Size {
    using E = Number;
    static constexpr int window = N;
    using In = Shape<C, H, W>;
    using Weight = Shape<O, C, K, K>;
    using Bias = Shape<O>;
    using Full = Shape<O, H - K + 1, W - K + 1>;
    using Out = Shape<O, Full::extents[1] / N, Full::extents[2] / N>;
};

template <class E>
using Sizes = std::tuple<Size<E, 1, 2, 2, 1, 1, 2>,    //
                         Size<E, 1, 28, 28, 8, 3, 2>,  // the usual first layer
                         Size<E, 2, 6, 8, 3, 3, 2>,    //
                         Size<E, 3, 8, 6, 5, 5, 2>,    // one column of windows
                         Size<E, 1, 4, 36, 3, 3, 2>,   // long rows with a rest
                         Size<E, 1, 4, 68, 1, 3, 2>,   //
                         Size<E, 1, 6, 6, 37, 3, 2>,   // more channels than a register tile, prime
                         Size<E, 2, 7, 10, 3, 2, 3>,   //
                         Size<E, 1, 8, 12, 4, 5, 4>>;
using AllSizes =
    decltype(std::tuple_cat(Sizes<float>{}, Sizes<double>{}, Sizes<Lanes<float, 8>>{}, Sizes<Lanes<float, 16>>{}));

/// Whole numbers from -most to most in every lane.
void fill_whole(auto& tensor, Random& random, int most) {
    using E = typename std::remove_cvref_t<decltype(tensor)>::Element;
    for (E& value : tensor)
        for (int l = 0; l < width<E>; ++l) set_lane(value, l, scalar_t<E>(random.below(2 * most + 1) - most));
}

/// x, w and b are whole numbers, so that z is exact and windows have several largest elements.
template <class Size>
struct Operands {
    using E = typename Size::E;
    using S = scalar_t<E>;

    Tensor<E, typename Size::In> x;
    Tensor<E, typename Size::Out> y, which, d;
    Tensor<E, typename Size::Full> dz;
    Tensor<S, typename Size::Weight> w, dw;
    Tensor<S, typename Size::Bias> b, db;

    Operands() {
        Random random{Seed{16}};
        fill_whole(x, random, 2);
        fill_whole(w, random, 1);
        fill_whole(b, random, 3);
        fill(d, random);
        for (S& value : dw) value = 1;
        for (S& value : db) value = 1;
        for (E& value : dz) value = S(std::numeric_limits<double>::quiet_NaN());
    }

    /// z = b + w * x in lane l, by the formula.
    Tensor<double, typename Size::Full> correlated(int l) const {
        constexpr Extents weights = Size::Weight::extents;
        const auto input = lane_of(x, l);
        Tensor<double, typename Size::Full> z;
        for_each_pixel<typename Size::Full>([&](int o, int i, int j) {
            z(o, i, j) = double(b[o]);
            for (int c = 0; c < weights[1]; ++c)
                for (int u = 0; u < weights[2]; ++u)
                    for (int v = 0; v < weights[3]; ++v) z(o, i, j) += double(w(o, c, u, v)) * input(c, i + u, j + v);
        });
        return z;
    }
    template <class Map>
    static void for_each_pixel(auto f) {
        for (int o = 0; o < Map::extents[0]; ++o)
            for (int i = 0; i < Map::extents[1]; ++i)
                for (int j = 0; j < Map::extents[2]; ++j) f(o, i, j);
    }
};

/// The place of the first largest z in the window of o, i, j.
template <int N>
int first_largest(const auto& z, int o, int i, int j) {
    int best = 0;
    for (int k = 1; k < N * N; ++k)
        if (z(o, i * N + k / N, j * N + k % N) > z(o, i * N + best / N, j * N + best % N)) best = k;
    return best;
}

/// A monotone epilogue.
struct Halved {
    template <class E>
    constexpr E operator()(const E& value) const {
        return value * E(scalar_t<E>(0.5));
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_pool_takes_the_largest_of_every_window_and_says_which, Case, AllSizes) {
    constexpr int N = Case::window;
    Operands<Case> at;
    Tensor<typename Case::E, typename Case::Out> alone;
    Nothing nobody;
    kernels::correlate_pool<N>(at.x, at.w, at.b, at.y, at.which, Halved{});
    kernels::correlate_pool<N>(at.x, at.w, at.b, alone, nobody, kernels::Unchanged{});
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto z = at.correlated(l);
        const auto y = lane_of(at.y, l), which = lane_of(at.which, l), unchanged = lane_of(alone, l);
        int wrong = 0;
        at.template for_each_pixel<typename Case::Out>([&](int o, int i, int j) {
            const int k = first_largest<N>(z, o, i, j);
            const double largest = z(o, i * N + k / N, j * N + k % N);
            wrong += which(o, i, j) != k || y(o, i, j) != largest / 2 || unchanged(o, i, j) != largest;
        });
        BOOST_TEST(wrong == 0);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(unpool_puts_slopes_where_the_largest_were, Case, AllSizes) {
    constexpr int N = Case::window;
    Operands<Case> at;
    kernels::correlate_pool<N>(at.x, at.w, at.b, at.y, at.which, kernels::Unchanged{});
    kernels::unpool<N>(at.d, at.which, at.dz);
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto z = at.correlated(l), dz = lane_of(at.dz, l);
        const auto d = lane_of(at.d, l);
        Tensor<double, typename Case::Full> expected{};
        at.template for_each_pixel<typename Case::Out>([&](int o, int i, int j) {
            const int k = first_largest<N>(z, o, i, j);
            expected(o, i * N + k / N, j * N + k % N) = d(o, i, j);
        });
        BOOST_TEST((dz == expected));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(pooled_weight_gradient_is_that_of_the_slopes_before_pooling, Case, AllSizes) {
    constexpr int N = Case::window;
    constexpr Extents weights = Case::Weight::extents;
    Operands<Case> at;
    kernels::correlate_pool<N>(at.x, at.w, at.b, at.y, at.which, kernels::Unchanged{});
    kernels::pooled_weight_gradient<N>(at.x, at.d, at.which, at.dw, at.db);
    Tensor<double, typename Case::Weight> dw;
    Tensor<double, typename Case::Bias> db;
    for (double& value : dw) value = 1;
    for (double& value : db) value = 1;
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto z = at.correlated(l);
        const auto x = lane_of(at.x, l);
        const auto d = lane_of(at.d, l);
        at.template for_each_pixel<typename Case::Out>([&](int o, int i, int j) {
            const int k = first_largest<N>(z, o, i, j), r = i * N + k / N, s = j * N + k % N;
            db[o] += d(o, i, j);
            for (int c = 0; c < weights[1]; ++c)
                for (int u = 0; u < weights[2]; ++u)
                    for (int v = 0; v < weights[3]; ++v) dw(o, c, u, v) += d(o, i, j) * x(c, r + u, s + v);
        });
    }
    // As in kernels/correlate.cpp.
    constexpr double tolerance = 100 * std::numeric_limits<scalar_t<typename Case::E>>::epsilon();
    BOOST_TEST(distance(at.dw, dw) <= tolerance);
    BOOST_TEST(distance(at.db, db) <= tolerance);
}
