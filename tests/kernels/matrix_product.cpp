// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.matrix_product
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/matrix_product.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/numbers.hpp"
#include "laws/instance.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

/// An M x K matrix times a K x N matrix, of elements E.
template <class Number, int M, int K, int N>
struct Size {
    using E = Number;
    static constexpr int rows = M, terms = K, columns = N;
};

// One element, one row, one column, one term; primes; fewer terms than a vector; around register tiles and vectors.
// Then more terms than a panel: the last panel is full, has some terms, has one.
using Cases =
    std::tuple<Size<float, 1, 1, 1>, Size<float, 1, 7, 19>, Size<float, 9, 18, 1>, Size<float, 5, 3, 33>,
               Size<float, 29, 17, 37>, Size<float, 3, 128, 32>, Size<float, 2, 150, 40>, Size<float, 2, 1537, 17>,
               Size<Lanes<float, 8>, 1, 1, 19>, Size<Lanes<float, 8>, 17, 5, 7>, Size<Lanes<float, 64>, 7, 3, 5>>;

/// The matrix product of one lane, by its formula.
[[gnu::noinline]] Numbers expected_product(View a, View b, int l, int rows, int terms, int columns,
                                           bool first_transposed, bool second_transposed) {
    Numbers y(Extents{rows, columns});
    for (int m = 0; m < rows; ++m)
        for (int n = 0; n < columns; ++n)
            for (int k = 0; k < terms; ++k)
                y(m, n) += a.number(first_transposed ? k * rows + m : m * terms + k, l) *
                           b.number(second_transposed ? n * terms + k : k * columns + n, l);
    return y;
}

/// Whether a product of whole numbers, whose sums are exact, is that of the formula.
template <class Case, bool FirstTransposed, bool SecondTransposed>
bool is_exact() {
    using E = typename Case::E;
    constexpr int M = Case::rows, K = Case::terms, N = Case::columns;
    static Tensor<E, Shape<M * K>> a;
    static Tensor<E, Shape<K * N>> b;
    static Tensor<E, Shape<M, N>> y;
    Random random{Seed{3}};
    fill_whole(a, random, 8);
    fill_whole(b, random, 8);
    fill_with(y, unwritten);
    kernels::matrix_product<FirstTransposed, SecondTransposed, M, N, K>(a.data, b.data, y.data);
    for (int l = 0; l < width<E>; ++l)
        if (Numbers(y, l) != expected_product(a, b, l, M, K, N, FirstTransposed, SecondTransposed)) return false;
    return true;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(matrix_product_sums_the_products_of_its_formula, Case, Cases) {
    BOOST_TEST((is_exact<Case, false, false>()));
    BOOST_TEST((is_exact<Case, false, true>()));
    BOOST_TEST((is_exact<Case, true, false>()));
}
