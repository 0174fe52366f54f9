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
using Cases = std::tuple<Size<E, 1, 2, 2, 1, 3, 1, 1>,                 // one tile, all of it at the border
                         Size<Lanes<double, 4>, 3, 5, 7, 5, 3>,        // odd maps
                         Size<E, 2, 4, 6, 7, 3, 1, 2>,                 // padding behind which whole windows lie
                         Size<Lanes<float, 4>, 5, 7, 8, 37, 3, 1, 1>,  // more channels than a register tile, prime
                         Size<E, 16, 8, 8, 16, 3, 1, 1>>;              // the least that layers compute so

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

// Whole numbers, so that both computations are exact, and windows have several largest elements.
using PooledSizes = std::tuple<Size<E, 3, 4, 6, 5, 3, 1, 1>, Size<Lanes<float, 4>, 2, 6, 8, 19, 3>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(winograd_pool_takes_the_first_largest_of_each_window, Case, PooledSizes) {
    using Pooled =
        Tensor<typename Case::E, Shape<Case::Out::extents[0], Case::Out::extents[1] / 2, Case::Out::extents[2] / 2>>;
    Operands<Case> at;
    Memory<Case> memory;
    Random random{Seed{3}};
    fill_whole(at.x, random, 2);
    fill_whole(at.w, random, 1);
    fill_whole(at.b, random, 3);
    kernels::pad<Case::padding>(at.x, at.padded);
    Pooled y, which, expected, expected_which;
    kernels::correlate_pool<2>(at.padded, at.w, at.b, expected, expected_which, kernels::Unchanged{});
    kernels::winograd_pool<Case::padding>(at.x, at.w, at.b, y, which, memory, kernels::Unchanged{});
    require_equal(y, expected, 0);
    require_equal(which, expected_which, 0);
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
            if (y[k].v[l] != static_cast<float>(expected[k])) return false;
    return true;
}
static_assert(counts_pixels());

// From 16 channels and 8 x 8 outputs on, over lanes.
using kernels::winograd_pays;
static_assert(winograd_pays<E, Shape<16, 8, 8>, Shape<16, 16, 3, 3>, 1, 1>);
static_assert(!winograd_pays<E, Shape<15, 8, 8>, Shape<16, 15, 3, 3>, 1, 1>);
static_assert(!winograd_pays<E, Shape<16, 8, 8>, Shape<15, 16, 3, 3>, 1, 1>);
static_assert(!winograd_pays<E, Shape<16, 8, 8>, Shape<16, 16, 3, 3>, 1, 0>);
static_assert(!winograd_pays<E, Shape<16, 9, 9>, Shape<16, 16, 3, 3>, 1, 1>);
static_assert(!winograd_pays<E, Shape<16, 8, 8>, Shape<16, 16, 3, 3>, 2, 1>);
static_assert(!winograd_pays<E, Shape<16, 8, 8>, Shape<16, 8, 3, 3>, 1, 1>);
static_assert(!winograd_pays<E, Shape<16, 8, 8>, Shape<16, 16, 5, 5>, 1, 2>);
static_assert(!winograd_pays<E, Shape<256, 8, 8>, Shape<256, 256, 3, 3>, 1, 1>);
static_assert(!winograd_pays<float, Shape<16, 8, 8>, Shape<16, 16, 3, 3>, 1, 1>);
}  // namespace
