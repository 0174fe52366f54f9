// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.correlate_pool
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/correlate_pool.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/numbers.hpp"

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

    [[gnu::noinline]] Operands() {
        Random random{Seed{16}};
        fill_whole(x, random, 2);
        fill_whole(w, random, 1);
        fill_whole(b, random, 3);
        fill_random(d, random);
        fill_with(dw, 1);
        fill_with(db, 1);
        fill_with(dz, unwritten);
    }
    [[gnu::noinline]] void pool() { kernels::correlate_pool<Size::window>(x, w, b, y, which, kernels::Unchanged{}); }
};

/// f(o, i, j) for every element of a tensor.
void for_each_pixel(const Extents& map, auto f) {
    for (int o = 0; o < map[0]; ++o)
        for (int i = 0; i < map[1]; ++i)
            for (int j = 0; j < map[2]; ++j) f(o, i, j);
}
/// f(c, u, v) for every weight of an output.
void for_each_weight(const Extents& weights, auto f) {
    for (int c = 0; c < weights[1]; ++c)
        for (int u = 0; u < weights[2]; ++u)
            for (int v = 0; v < weights[3]; ++v) f(c, u, v);
}

/// z = b + w * x by the formula, and the first largest of every N x N window.
struct Expected {
    Numbers x, w, b, z;
    Numbers place;  // in z, of each window's first largest

    Expected(View input, View weights, View bias, int N, int l)
        : x(input, l),
          w(weights),
          b(bias),
          z({w.extents[0], x.extents[1] - w.extents[2] + 1, x.extents[2] - w.extents[3] + 1}),
          place({z.extents[0], z.extents[1] / N, z.extents[2] / N}) {
        for_each_pixel(z.extents, [&](int o, int i, int j) {
            z(o, i, j) = b[o];
            for_each_weight(w.extents, [&](int c, int u, int v) { z(o, i, j) += w(o, c, u, v) * x(c, i + u, j + v); });
        });
        for_each_pixel(place.extents, [&](int o, int i, int j) {
            const auto at = [&](int k) { return (o * z.extents[1] + i * N + k / N) * z.extents[2] + j * N + k % N; };
            int best = 0;
            for (int k = 1; k < N * N; ++k)
                if (z[at(k)] > z[at(best)]) best = k;
            place(o, i, j) = at(best);
        });
    }
    int place_of(int window) const { return static_cast<int>(place[window]); }
    /// z's gradient: d at the places of the largest.
    Numbers spread(const Numbers& d) const {
        Numbers dz(z.extents);
        for (int k = 0; k < d.count(); ++k) dz[place_of(k)] = d[k];
        return dz;
    }
};

/// A monotone epilogue.
struct Halved {
    template <class E>
    constexpr E operator()(const E& value) const {
        return value * E(scalar_t<E>(0.5));
    }
};

/// y holds `factor` times the largest of every window.
void require_largest(View x, View w, View b, View y, int N, double factor) {
    for (int l = 0; l < x.lanes; ++l) {
        const Expected expected(x, w, b, N, l);
        Numbers largest(y.extents);
        for (int k = 0; k < largest.count(); ++k) largest[k] = factor * expected.z[expected.place_of(k)];
        BOOST_TEST((Numbers(y, l) == largest));
    }
}
/// `which` says where the first largest of every window is, counted within the window.
void require_places(View x, View w, View b, View which, int N) {
    for (int l = 0; l < x.lanes; ++l) {
        const Expected expected(x, w, b, N, l);
        Numbers within(which.extents);
        for (int k = 0; k < within.count(); ++k) {
            const int columns = expected.z.extents[2], at = expected.place_of(k);
            within[k] = at / columns % expected.z.extents[1] % N * N + at % columns % N;
        }
        BOOST_TEST((Numbers(which, l) == within));
    }
}
void require_spread(View x, View w, View b, View d, View dz, int N) {
    for (int l = 0; l < x.lanes; ++l) BOOST_TEST((Numbers(dz, l) == Expected(x, w, b, N, l).spread(Numbers(d, l))));
}
/// dw and db are 1 and, added to that, the gradients of all lanes.
void require_gradients(View x, View w, View b, View d, View dw, View db, int N) {
    Numbers weights(dw.extents, 1), bias(db.extents, 1);
    for (int l = 0; l < x.lanes; ++l) {
        const Expected at(x, w, b, N, l);
        const Numbers dz = at.spread(Numbers(d, l));
        for_each_pixel(dz.extents, [&](int o, int i, int j) {
            bias[o] += dz(o, i, j);
            for_each_weight(weights.extents,
                            [&](int c, int u, int v) { weights(o, c, u, v) += dz(o, i, j) * at.x(c, i + u, j + v); });
        });
    }
    // As in kernels/correlate.cpp.
    BOOST_TEST(distance(Numbers(dw), weights) <= 100 * dw.epsilon());
    BOOST_TEST(distance(Numbers(db), bias) <= 100 * db.epsilon());
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_pool_takes_the_largest_of_every_window_and_says_which, Case, AllSizes) {
    Operands<Case> at;
    kernels::correlate_pool<Case::window>(at.x, at.w, at.b, at.y, at.which, Halved{});
    require_largest(at.x, at.w, at.b, at.y, Case::window, 0.5);
    require_places(at.x, at.w, at.b, at.which, Case::window);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_pool_need_not_say_which, Case, AllSizes) {
    Operands<Case> at;
    Nothing nobody;
    kernels::correlate_pool<Case::window>(at.x, at.w, at.b, at.y, nobody, kernels::Unchanged{});
    require_largest(at.x, at.w, at.b, at.y, Case::window, 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(unpool_puts_slopes_where_the_largest_were, Case, AllSizes) {
    Operands<Case> at;
    at.pool();
    kernels::unpool<Case::window>(at.d, at.which, at.dz);
    require_spread(at.x, at.w, at.b, at.d, at.dz, Case::window);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(pooled_weight_gradient_is_that_of_the_slopes_before_pooling, Case, AllSizes) {
    Operands<Case> at;
    at.pool();
    kernels::pooled_weight_gradient<Case::window>(at.x, at.d, at.which, at.dw, at.db);
    require_gradients(at.x, at.w, at.b, at.d, at.dw, at.db, Case::window);
}
