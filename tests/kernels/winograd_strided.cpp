// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.winograd_strided
#include <kiln/kernels/correlate_input_gradient.hpp>
#include <kiln/kernels/winograd_strided.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/correlations.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

using E = Lanes<float, 16>;
using Cases = std::tuple<Size<E, 1, 1, 1, 1, 3, 2, 1>,                   // one output, of one pixel
                         Size<Lanes<double, 4>, 3, 9, 11, 5, 3, 2, 1>,   // a tile of which one row remains
                         Size<Lanes<float, 4>, 5, 26, 24, 37, 3, 2, 1>,  // tiles within; prime channels in many blocks
                         Size<Lanes<float, 64>, 4, 8, 8, 8, 3, 2, 1>,    // packs of several vectors
                         Size<E, 16, 16, 16, 32, 3, 2, 1>>;

template <class Case>
using Memory = kernels::WinogradMemory<typename Case::E, Case::In::extents[0], Case::Out::extents[0], true, 2>;

// Both sides round sums of up to 288 products, in different orders.
void require_equal(View a, View b, double most) {
    for (int l = 0; l < a.lanes; ++l) BOOST_TEST(distance(Numbers(a, l), Numbers(b, l)) <= most);
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(winograd_strided_computes_a_correlation_and_ends_with_its_epilogue, Case, Cases) {
    Operands<Case> at;
    static Memory<Case> memory;
    const auto doubled = [](const auto& value) { return value + value; };
    auto expected = at.y;
    kernels::correlate<2>(at.padded, at.w, at.b, expected, doubled);
    kernels::winograd_strided(at.x, at.w, at.b, at.y, memory, doubled);
    require_equal(at.y, expected, tolerance(at.y));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(winograd_strided_does_without_a_bias, Case, Cases) {
    Operands<Case> at;
    static Memory<Case> memory;
    auto expected = at.y;
    kernels::correlate<2>(at.padded, at.w, Nothing{}, expected);
    kernels::winograd_strided(at.x, at.w, Nothing{}, at.y, memory);
    require_equal(at.y, expected, tolerance(at.y));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(winograd_strided_input_gradient_is_that_of_a_correlation, Case, Cases) {
    Operands<Case> at;
    static Memory<Case> memory;
    auto expected = at.dx;
    Nothing slopes;
    kernels::correlate_input_gradient<2, 1>(at.w, at.dy, expected, slopes);
    kernels::winograd_strided_input_gradient(at.w, at.dy, at.dx, memory);
    require_equal(at.dx, expected, tolerance(at.dx));
}

namespace {
// A map of ones, padded by zeros, under a kernel of ones: each output counts the pixels that its window sees.
constexpr bool counts_pixels() {
    using Two = Lanes<float, 2>;
    Tensor<Two, Shape<1, 4, 4>> x{};
    Tensor<Two, Shape<1, 2, 2>> y{};
    Tensor<float, Shape<1, 1, 3, 3>> w{};
    for (Two& pixel : x) pixel = Two(1.0f);
    for (float& weight : w) weight = 1;
    kernels::WinogradMemory<Two, 1, 1, false, 2> memory{};
    kernels::winograd_strided(x, w, Nothing{}, y, memory);
    constexpr int expected[] = {4, 6, 6, 9};
    for (int k = 0; k < 4; ++k)
        for (int l = 0; l < 2; ++l)
            if (const float off = y[k].v[l] - static_cast<float>(expected[k]); off < -1e-5f || off > 1e-5f)
                return false;
    return true;
}
static_assert(counts_pixels());

using kernels::winograd_strided_pays;
static_assert(winograd_strided_pays<E, Shape<16, 32, 32>, Shape<32, 16, 3, 3>, 2, 1>);
static_assert(winograd_strided_pays<E, Shape<32, 15, 15>, Shape<32, 32, 3, 3>, 2, 1>);
static_assert(winograd_strided_pays<E, Shape<64, 8, 8>, Shape<128, 64, 3, 3>, 2, 1>);
static_assert(!winograd_strided_pays<E, Shape<16, 32, 32>, Shape<16, 16, 3, 3>, 2, 1>);   // few channels
static_assert(!winograd_strided_pays<E, Shape<32, 10, 10>, Shape<32, 32, 3, 3>, 2, 1>);   // tiles not full
static_assert(!winograd_strided_pays<E, Shape<32, 6, 6>, Shape<32, 32, 3, 3>, 2, 1>);     // less than a tile
static_assert(!winograd_strided_pays<E, Shape<32, 16, 16>, Shape<32, 32, 3, 3>, 2, 0>);   // padding
static_assert(!winograd_strided_pays<E, Shape<32, 16, 16>, Shape<32, 32, 3, 3>, 1, 1>);   // stride
static_assert(!winograd_strided_pays<E, Shape<32, 16, 16>, Shape<32, 16, 3, 3>, 2, 1>);   // groups
static_assert(!winograd_strided_pays<E, Shape<32, 16, 16>, Shape<32, 32, 5, 5>, 2, 1>);   // kernel
static_assert(!winograd_strided_pays<E, Shape<128, 8, 8>, Shape<256, 128, 3, 3>, 2, 1>);  // memory
static_assert(!winograd_strided_pays<float, Shape<32, 16, 16>, Shape<32, 32, 3, 3>, 2, 1>);
static_assert(!winograd_strided_pays<Lanes<float, 8>, Shape<32, 16, 16>, Shape<32, 32, 3, 3>, 2, 1>);
static_assert(!winograd_strided_pays<Lanes<float, 32>, Shape<32, 16, 16>, Shape<32, 32, 3, 3>, 2, 1>);
}  // namespace
