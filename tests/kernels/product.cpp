// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.product
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/product.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <limits>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

/// A product of an O x I matrix with elements E.
template <class Number, int O, int I, class InputShape = Shape<I>>
struct Size {
    using E = Number;
    using S = scalar_t<E>;
    using In = InputShape;
    static constexpr int outputs = O, inputs = I;
};

// A sum of n products in another order has n roundings of random sign, each of half an epsilon of a partial sum. A
// partial sum is no larger than a few times the largest result, so the error is about sqrt(n) epsilon. n is below
// 7,000.
template <class E>
constexpr double tolerance = 100 * std::numeric_limits<scalar_t<E>>::epsilon();

// One element, one output, one input; primes; around a register tile; around native vectors.
template <class E>
using Sizes = std::tuple<Size<E, 1, 1>, Size<E, 1, 7>, Size<E, 7, 1>, Size<E, 3, 5>, Size<E, 10, 16>, Size<E, 11, 17>,
                         Size<E, 24, 33>, Size<E, 25, 31>, Size<E, 53, 15>, Size<E, 4, 129>,
                         Size<E, 17, 48, Shape<3, 4, 4>>, Size<E, 10, 845, Shape<5, 13, 13>>>;
// Longer than the panels in which inputs are taken.
using LongSizes = std::tuple<Size<double, 3, 6500>, Size<Lanes<float, 64>, 7, 300>, Size<Lanes<float, 4>, 3, 3333>>;
using AllSizes = decltype(std::tuple_cat(Sizes<float>{}, Sizes<double>{}, Sizes<Lanes<float, 8>>{},
                                         Sizes<Lanes<float, 16>>{}, LongSizes{}));

/// Random operands of a product, and its results, which start at 1 where the kernel adds to them.
template <class Size>
struct Operands {
    using E = typename Size::E;
    using S = typename Size::S;

    Tensor<E, typename Size::In> x, dx;
    Tensor<E, Shape<Size::outputs>> y, dy;
    Tensor<S, Shape<Size::outputs, Size::inputs>> w, dw;
    Tensor<S, Shape<Size::outputs>> b, db;

    Operands() {
        Random random{Seed{12}};
        fill(x, random);
        fill(w, random);
        fill(b, random);
        fill(dy, random);
        for (S& value : dw) value = 1;
        for (S& value : db) value = 1;
        for (E& value : dx) value = S(std::numeric_limits<double>::quiet_NaN());
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(product_sums_the_products_of_its_formula, Case, AllSizes) {
    Operands<Case> at;
    kernels::product(at.x, at.w, at.b, at.y);
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto x = lane_of(at.x, l);
        Tensor<double, Shape<Case::outputs>> y;
        for (int o = 0; o < Case::outputs; ++o) {
            y[o] = double(at.b[o]);
            for (int i = 0; i < Case::inputs; ++i) y[o] += double(at.w(o, i)) * x[i];
        }
        BOOST_TEST(distance(lane_of(at.y, l), y) <= tolerance<typename Case::E>);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(product_weight_gradient_adds_the_outer_products_of_all_lanes, Case, AllSizes) {
    Operands<Case> at;
    kernels::product_weight_gradient(at.x, at.dy, at.dw, at.db);
    Tensor<double, Shape<Case::outputs, Case::inputs>> dw;
    Tensor<double, Shape<Case::outputs>> db;
    for (double& value : dw) value = 1;
    for (double& value : db) value = 1;
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto x = lane_of(at.x, l);
        const auto dy = lane_of(at.dy, l);
        for (int o = 0; o < Case::outputs; ++o) {
            db[o] += dy[o];
            for (int i = 0; i < Case::inputs; ++i) dw(o, i) += dy[o] * x[i];
        }
    }
    BOOST_TEST(distance(at.dw, dw) <= tolerance<typename Case::E>);
    BOOST_TEST(distance(at.db, db) <= tolerance<typename Case::E>);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(product_input_gradient_multiplies_by_the_transpose, Case, AllSizes) {
    Operands<Case> at;
    kernels::product_input_gradient(at.w, at.dy, at.dx);
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto dy = lane_of(at.dy, l);
        Tensor<double, typename Case::In> dx{};
        for (int o = 0; o < Case::outputs; ++o)
            for (int i = 0; i < Case::inputs; ++i) dx[i] += double(at.w(o, i)) * dy[o];
        BOOST_TEST(distance(lane_of(at.dx, l), dx) <= tolerance<typename Case::E>);
    }
}
