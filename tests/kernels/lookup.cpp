// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.lookup
#include <kiln/core/random.hpp>
#include <kiln/kernels/lookup.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

template <class E, int Rows, int T, int D>
struct Case {
    using Element = E;
    static constexpr int rows = Rows, places = T, columns = D;
};
// Rows of more and of fewer numbers than a vector, and of numbers that fill no vector; one row; many rows.
using Cases = std::tuple<Case<float, 5, 9, 16>, Case<float, 40, 3, 37>, Case<float, 1, 4, 1>, Case<double, 5, 9, 11>,
                         Case<Lanes<float, 8>, 5, 9, 16>, Case<Lanes<float, 16>, 3, 7, 37>,
                         Case<Lanes<float, 16>, 200, 2, 32>, Case<Lanes<float, 4>, 6, 5, 3>>;

template <class C>
struct Numbers {
    using E = typename C::Element;
    using S = scalar_t<E>;
    Tensor<E, Tokens<C::rows, C::places>> x;
    Tensor<E, Shape<C::places, C::columns>> y;
    Tensor<S, Shape<C::rows, C::columns>> table;

    Numbers() {
        Random random{Seed{4}};
        fill(x, random);
        for (S& number : table) number = S(random.below(33) - 16);
        for (E& element : y)
            for (int l = 0; l < width<E>; ++l) set_lane(element, l, S(random.below(33) - 16));
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(look_up_copies_the_row_of_each_place_and_lane, C, Cases) {
    Numbers<C> n;
    kernels::look_up<C::rows, C::places, C::columns>(n.x.data, n.table.data, n.y.data);
    bool equal = true;
    for (int t = 0; t < C::places; ++t)
        for (int d = 0; d < C::columns; ++d)
            for (int l = 0; l < width<typename C::Element>; ++l)
                equal = equal && lane(n.y(t, d), l) == n.table(lane(n.x[t], l), d);
    BOOST_TEST(equal);
}

// Whole numbers: sums in any order are exact.
BOOST_AUTO_TEST_CASE_TEMPLATE(add_to_rows_adds_the_slopes_of_all_places_of_a_row, C, Cases) {
    Numbers<C> n;
    auto expected = n.table;
    for (int t = 0; t < C::places; ++t)
        for (int d = 0; d < C::columns; ++d)
            for (int l = 0; l < width<typename C::Element>; ++l) expected(lane(n.x[t], l), d) += lane(n.y(t, d), l);
    kernels::SortedPlaces<C::rows, C::places, C::columns, typename C::Element> sorted;
    set_bits(sorted);
    kernels::add_to_rows(n.x.data, n.y.data, n.table.data, sorted);
    BOOST_TEST((n.table == expected));
}

BOOST_AUTO_TEST_CASE(the_places_of_a_row_are_listed_in_their_order) {
    const int x[] = {2, 0, 2, 3, 2};
    kernels::SortedPlaces<5, 5, 1, float> sorted;
    sorted.sort(x);
    int rows[5] = {}, found = 0;
    sorted.for_each_row([&](int row, int first, int last) {
        rows[found++] = row;
        for (int i = first + 1; i < last; ++i) BOOST_TEST(sorted.place[i - 1] < sorted.place[i]);
        for (int i = first; i < last; ++i) BOOST_TEST(x[sorted.place[i]] == row);
    });
    BOOST_TEST((found == 3 && rows[0] == 0 && rows[1] == 2 && rows[2] == 3));
}
