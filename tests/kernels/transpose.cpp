// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.transpose
#include <kiln/kernels/transpose.hpp>

#include <boost/test/unit_test.hpp>

using namespace kiln;

namespace {

template <class T, int L>
constexpr bool transposes() {
    Lanes<T, L> from[L], to[L], back[L];
    for (int r = 0; r < L; ++r)
        for (int c = 0; c < L; ++c) from[r].v[c] = static_cast<T>(r * L + c);
    kernels::transpose(from, to);
    kernels::transpose(to, back);
    for (int r = 0; r < L; ++r)
        for (int c = 0; c < L; ++c)
            if (to[c].v[r] != from[r].v[c] || back[r].v[c] != from[r].v[c]) return false;
    return true;
}

// A block in the middle of larger arrays, whose rows are 40 and 50 numbers long.
template <int N>
constexpr bool transposes_a_block() {
    float from[32 * 40], to[32 * 50];
    for (int i = 0; i < 32 * 40; ++i) from[i] = static_cast<float>(i);
    for (float& number : to) number = -1;
    kernels::transpose_numbers<N>(from + 3, 40, to + 5, 50);
    for (int r = 0; r < 32; ++r)
        for (int c = 0; c < 50; ++c) {
            const bool within = r < N && c >= 5 && c < 5 + N;
            if (to[r * 50 + c] != (within ? from[(c - 5) * 40 + r + 3] : -1)) return false;
        }
    return true;
}
static_assert(transposes_a_block<1>() && transposes_a_block<4>());
static_assert(transposes<float, 4>() && transposes<double, 2>());

}  // namespace

BOOST_AUTO_TEST_CASE(transpose_swaps_lanes_and_packs) {
    BOOST_TEST((transposes<float, 2>()));
    BOOST_TEST((transposes<float, 4>()));
    BOOST_TEST((transposes<float, 8>()));
    BOOST_TEST((transposes<float, 16>()));
    BOOST_TEST((transposes<float, 32>()));  // wider than any machine's vectors
    BOOST_TEST((transposes<double, 4>()));
    BOOST_TEST((transposes<double, 16>()));
}

BOOST_AUTO_TEST_CASE(transpose_numbers_writes_its_block_and_nothing_else) {
    BOOST_TEST((transposes_a_block<1>()));
    BOOST_TEST((transposes_a_block<2>()));
    BOOST_TEST((transposes_a_block<4>()));
    BOOST_TEST((transposes_a_block<native_lanes>()));
}

BOOST_AUTO_TEST_CASE(a_matrix_of_any_size_is_transposed) {
    const auto is_transposed = []<class T, int Rows, int Columns>(T, std::integral_constant<int, Rows>,
                                                                  std::integral_constant<int, Columns>) {
        T from[Rows * Columns], to[Rows * Columns];
        for (int i = 0; i < Rows * Columns; ++i) from[i] = static_cast<T>(i);
        kernels::transpose_matrix<Rows, Columns>(from, to);
        for (int r = 0; r < Rows; ++r)
            for (int c = 0; c < Columns; ++c)
                if (to[c * Rows + r] != from[r * Columns + c]) return false;
        return true;
    };
    using std::integral_constant;
    BOOST_TEST(is_transposed(0.0f, integral_constant<int, 1>{}, integral_constant<int, 5>{}));
    BOOST_TEST(is_transposed(0.0f, integral_constant<int, 3>{}, integral_constant<int, 50>{}));
    BOOST_TEST(is_transposed(0.0f, integral_constant<int, 35>{}, integral_constant<int, 33>{}));
    BOOST_TEST(is_transposed(0.0, integral_constant<int, 16>{}, integral_constant<int, 20>{}));
}
