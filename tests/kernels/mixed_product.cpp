// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.mixed_product
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/mixed_product.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/numbers.hpp"
#include "laws/instance.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

/// An M x K matrix of elements E times a K x N matrix of scalars.
template <class Number, int M, int K, int N>
struct Size {
    using E = Number;
    static constexpr int rows = M, terms = K, columns = N;
};

// One element, row, column, term; around tiles, vectors and the panels of eight rows.
using Cases =
    std::tuple<Size<float, 1, 1, 1>, Size<float, 5, 3, 33>, Size<float, 9, 18, 1>, Size<double, 3, 4, 5>,
               Size<Lanes<float, 8>, 1, 1, 19>, Size<Lanes<float, 8>, 17, 5, 7>, Size<Lanes<float, 16>, 8, 16, 33>,
               Size<Lanes<float, 16>, 19, 17, 16>, Size<Lanes<float, 64>, 7, 3, 65>>;

template <class Case>
struct Data {
    using E = typename Case::E;
    using S = scalar_t<E>;
    static constexpr int M = Case::rows, K = Case::terms, N = Case::columns;
    Tensor<E, Shape<M * K>> x;
    Tensor<E, Shape<M * N>> y, dy;
    Tensor<S, Shape<K * N>> w, dw;
    Tensor<S, Shape<N>> c;

    Data() {
        Random random{Seed{3}};
        fill_whole(x, random, 8);
        fill_whole(w, random, 8);
        fill_whole(dy, random, 8);
        fill_whole(c, random, 8);
        fill_whole(dw, random, 8);
        fill_with(y, unwritten);
    }
};

/// Where the elements of a matrix with these rows and columns stand.
constexpr kernels::MatrixSteps steps(bool transposed, int rows, int columns) {
    return transposed ? kernels::MatrixSteps{1, rows} : kernels::MatrixSteps{columns, 1};
}

/// Whether a product of whole numbers, whose sums are exact, is that of the formula.
template <class Case, bool XTransposed, bool WTransposed>
bool is_exact() {
    using D = Data<Case>;
    constexpr int M = D::M, K = D::K, N = D::N;
    static D data;
    constexpr auto at_x = steps(XTransposed, M, K), at_w = steps(WTransposed, K, N), at_y = steps(false, M, N);
    kernels::mixed_product<M, N, K, at_x, at_w, at_y>(data.x.data, data.w.data, data.c.data, data.y.data);
    for (int l = 0; l < width<typename D::E>; ++l)
        for (int m = 0; m < M; ++m)
            for (int n = 0; n < N; ++n) {
                double sum = data.c[n];
                for (int k = 0; k < K; ++k)
                    sum += double(lane(data.x[m * at_x.row + k * at_x.column], l)) *
                           double(data.w[k * at_w.row + n * at_w.column]);
                if (double(lane(data.y[m * N + n], l)) != sum) return false;
            }
    return true;
}

template <class Case, bool XTransposed, bool DYTransposed>
bool gradient_is_exact() {
    using D = Data<Case>;
    constexpr int M = D::M, K = D::K, N = D::N;
    static D data;
    constexpr auto at_x = steps(XTransposed, M, K), at_dy = steps(DYTransposed, M, N);
    const auto before = data.dw;
    kernels::mixed_product_gradient<K, N, M, at_x, at_dy>(data.x.data, data.dy.data, data.dw.data);
    for (int k = 0; k < K; ++k)
        for (int n = 0; n < N; ++n) {
            double sum = before[k * N + n];
            for (int l = 0; l < width<typename D::E>; ++l)
                for (int m = 0; m < M; ++m)
                    sum += double(lane(data.x[m * at_x.row + k * at_x.column], l)) *
                           double(lane(data.dy[m * at_dy.row + n * at_dy.column], l));
            if (double(data.dw[k * N + n]) != sum) return false;
        }
    return true;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(mixed_product_sums_the_products_of_its_formula, Case, Cases) {
    BOOST_TEST((is_exact<Case, false, false>()));
    BOOST_TEST((is_exact<Case, false, true>()));
    BOOST_TEST((is_exact<Case, true, false>()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(mixed_product_gradient_adds_the_products_of_its_formula, Case, Cases) {
    BOOST_TEST((gradient_is_exact<Case, false, false>()));
    BOOST_TEST((gradient_is_exact<Case, false, true>()));
    BOOST_TEST((gradient_is_exact<Case, true, false>()));
}

BOOST_AUTO_TEST_CASE(mixed_product_without_offsets_starts_from_zero) {
    const float x[] = {1, 2}, w[] = {3, 4};
    float y[1];
    constexpr kernels::MatrixSteps row{2, 1}, column{1, 1};
    kernels::mixed_product<1, 1, 2, row, column, column>(x, w, Nothing{}, y);
    BOOST_TEST(y[0] == 11);
}
