// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.winograd
#include <kiln/kernels/correlate_input_gradient.hpp>
#include <kiln/kernels/winograd.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/correlations.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

using E = Lanes<float, 16>;
using Cases = std::tuple<Size<E, 1, 2, 2, 1, 3, 1, 1>,                   // one tile, all of it at the border
                         Size<Lanes<double, 4>, 3, 5, 7, 5, 3>,          // a tile of which 3 rows and 1 column remain
                         Size<E, 2, 4, 6, 7, 3, 1, 2>,                   // padding behind which whole windows lie
                         Size<Lanes<float, 4>, 5, 13, 14, 37, 3, 1, 1>,  // tiles within; prime channels in many blocks
                         Size<Lanes<float, 64>, 8, 4, 4, 8, 3, 1, 1>,    // the least that layers compute so
                         Size<E, 16, 8, 8, 16, 3, 1, 1>>;

template <class Case>
using Memory = kernels::WinogradMemory<typename Case::E, Case::In::extents[0], Case::Out::extents[0], true>;

// Both sides round sums of up to 144 products, in different orders.
void require_equal(View a, View b, double most) {
    for (int l = 0; l < a.lanes; ++l) BOOST_TEST(distance(Numbers(a, l), Numbers(b, l)) <= most);
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(winograd_computes_a_correlation_and_ends_with_its_epilogue, Case, Cases) {
    Operands<Case> at;
    Memory<Case> memory;
    const auto doubled = [](const auto& value) { return value + value; };
    auto expected = at.y;
    kernels::correlate<1>(at.padded, at.w, at.b, expected, doubled);
    kernels::winograd<Case::padding>(at.x, at.w, at.b, at.y, memory, doubled);
    require_equal(at.y, expected, tolerance(at.y));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(winograd_input_gradient_is_that_of_a_correlation, Case, Cases) {
    Operands<Case> at;
    Memory<Case> memory;
    auto expected = at.dx;
    Nothing slopes;
    kernels::correlate_input_gradient<1, Case::padding>(at.w, at.dy, expected, slopes);
    kernels::winograd_input_gradient<Case::padding>(at.w, at.dy, at.dx, memory);
    require_equal(at.dx, expected, tolerance(at.dx));
}

// The first lane is all zeros, so that all elements of its windows are the largest.
using PooledSizes = std::tuple<Size<E, 3, 4, 6, 5, 3, 1, 1>, Size<Lanes<float, 4>, 2, 6, 8, 19, 3>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(winograd_pool_takes_the_first_largest_of_each_window, Case, PooledSizes) {
    constexpr int channels = Case::Out::extents[0], rows = Case::Out::extents[1] / 2,
                  columns = Case::Out::extents[2] / 2, lanes = width<typename Case::E>;
    Operands<Case> at;
    Memory<Case> memory;
    for (auto& pixel : at.x) set_lane(pixel, 0, 0.0f);
    kernels::winograd<Case::padding>(at.x, at.w, at.b, at.y, memory);
    Tensor<typename Case::E, Shape<channels, rows, columns>> y, which;
    kernels::winograd_pool<Case::padding>(at.x, at.w, at.b, y, which, memory, kernels::Unchanged{});
    for (int k = 0; k < channels * rows * columns; ++k)
        for (int l = 0; l < lanes; ++l) {
            const int corner = k / columns * 4 * columns + k % columns * 2;
            int first = 0;
            float most = 0;
            for (int p = 0; p < 4; ++p) {
                const float candidate = at.y[corner + p / 2 * 2 * columns + p % 2].v[l];
                if (p == 0 || candidate > most) most = candidate, first = p;
            }
            BOOST_TEST(y[k].v[l] == most);
            BOOST_TEST(which[k].v[l] == static_cast<float>(first));
        }
}

namespace {
// A map of ones, padded by zeros, under a kernel of ones: each output counts the pixels that its window sees.
constexpr bool counts_pixels() {
    using Two = Lanes<float, 2>;
    Tensor<Two, Shape<1, 3, 3>> x{}, y{};
    Tensor<float, Shape<1, 1, 3, 3>> w{};
    for (Two& pixel : x) pixel = Two(1.0f);
    for (float& weight : w) weight = 1;
    kernels::WinogradMemory<Two, 1, 1> memory{};
    kernels::winograd<1>(x, w, Nothing{}, y, memory);
    constexpr int expected[] = {4, 6, 4, 6, 9, 6, 4, 6, 4};
    for (int k = 0; k < 9; ++k)
        for (int l = 0; l < 2; ++l)
            if (const float off = y[k].v[l] - static_cast<float>(expected[k]); off < -1e-5f || off > 1e-5f)
                return false;
    return true;
}
static_assert(counts_pixels());

// Over lanes, where the tiles save enough for the transforms of few channels.
using kernels::winograd_pays;
static_assert(winograd_pays<E, Shape<16, 4, 4>, Shape<16, 16, 3, 3>, 1, 1>);
static_assert(winograd_pays<E, Shape<16, 9, 9>, Shape<16, 16, 3, 3>, 1, 1>);
static_assert(winograd_pays<E, Shape<8, 16, 16>, Shape<8, 8, 3, 3>, 1, 1>);
static_assert(winograd_pays<E, Shape<8, 6, 6>, Shape<16, 8, 3, 3>, 1, 0>);
static_assert(!winograd_pays<E, Shape<16, 3, 3>, Shape<16, 16, 3, 3>, 1, 1>);
static_assert(!winograd_pays<E, Shape<16, 5, 5>, Shape<16, 16, 3, 3>, 1, 1>);
static_assert(!winograd_pays<E, Shape<8, 9, 9>, Shape<16, 8, 3, 3>, 1, 1>);
static_assert(!winograd_pays<E, Shape<7, 16, 16>, Shape<16, 7, 3, 3>, 1, 1>);
static_assert(!winograd_pays<E, Shape<16, 8, 8>, Shape<16, 16, 3, 3>, 2, 1>);
static_assert(!winograd_pays<E, Shape<16, 8, 8>, Shape<16, 8, 3, 3>, 1, 1>);
static_assert(!winograd_pays<E, Shape<16, 8, 8>, Shape<16, 16, 5, 5>, 1, 2>);
static_assert(!winograd_pays<E, Shape<256, 32, 32>, Shape<256, 256, 3, 3>, 1, 1>);
static_assert(!winograd_pays<E, Shape<64, 4, 4>, Shape<64, 64, 3, 3>, 1, 1>);
static_assert(!winograd_pays<float, Shape<16, 8, 8>, Shape<16, 16, 3, 3>, 1, 1>);
}  // namespace
