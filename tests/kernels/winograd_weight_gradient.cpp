// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.winograd_weight_gradient
#include <kiln/kernels/correlate_weight_gradient.hpp>
#include <kiln/kernels/winograd_weight_gradient.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/correlations.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

using E = Lanes<float, 16>;
using Cases = std::tuple<Size<E, 1, 1, 1, 1, 3, 1, 1>,                  // one slope, and one of nine pixels exists
                         Size<E, 2, 4, 4, 3, 3, 1, 1>,                  // one tile, all of it at the border
                         Size<Lanes<double, 4>, 3, 7, 5, 5, 3>,         // tiles that are not full, without a border
                         Size<E, 2, 6, 9, 7, 3, 1, 2>,                  // padding behind which whole windows lie
                         Size<Lanes<float, 4>, 5, 9, 18, 17, 3, 1, 1>,  // several strips, a pack of outputs not full
                         Size<Lanes<float, 64>, 4, 6, 6, 4, 3, 1, 1>,   // packs of several vectors
                         Size<E, 37, 4, 4, 33, 3, 1, 1>,                // more channels than a register tile, prime
                         Size<E, 19, 5, 13, 32, 3, 1, 1>,               // two packs of outputs at once
                         Size<E, 16, 12, 12, 16, 3, 1, 1>, Size<E, 1, 1, 1, 1, 3, 2, 1>,  // stride 2: one slope
                         Size<E, 3, 7, 9, 5, 3, 2, 1>,                                    // tiles that are not full
                         Size<Lanes<double, 4>, 2, 16, 24, 5, 3, 2, 1>,  // tiles within, a strip of several
                         Size<Lanes<float, 64>, 4, 8, 6, 4, 3, 2, 1>,    // packs of several vectors
                         Size<E, 19, 8, 8, 32, 3, 2, 1>>;                // a rest of inputs, two packs of outputs

template <class Case>
using Memory =
    kernels::WinogradGradientMemory<typename Case::E, Case::In::extents[0], Case::Out::extents[0], Case::stride>;

// Sums of up to 9,216 products, in different orders (kernels/correlations.hpp). The transforms' errors come to a tenth
// of this tolerance.
void require_equal(View a, View b) { BOOST_TEST(distance(Numbers(a), Numbers(b)) <= tolerance(b)); }

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(winograd_weight_gradient_is_that_of_a_correlation, Case, Cases) {
    Operands<Case> at;
    static Memory<Case> memory;
    auto weights = at.dw;
    auto bias = at.db;
    kernels::correlate_weight_gradient<Case::stride>(at.padded, at.dy, weights, bias);
    kernels::winograd_weight_gradient<Case::padding, Case::stride>(at.x, at.dy, at.dw, at.db, memory);
    require_equal(at.dw, weights);
    require_equal(at.db, bias);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(winograd_weight_gradient_does_without_a_bias, Case, Cases) {
    Operands<Case> at;
    static Memory<Case> memory;
    auto weights = at.dw;
    Nothing none;
    kernels::winograd_weight_gradient<Case::padding, Case::stride>(at.x, at.dy, weights, none, memory);
    kernels::winograd_weight_gradient<Case::padding, Case::stride>(at.x, at.dy, at.dw, at.db, memory);
    BOOST_TEST((weights == at.dw));
}

// A pass adds to each gradient once: 1 + the gradient has the same bits, whoever adds.
BOOST_AUTO_TEST_CASE_TEMPLATE(winograd_weight_gradient_adds_once, Case, Cases) {
    Operands<Case> at;
    static Memory<Case> memory;
    auto weights = at.dw;
    auto bias = at.db;
    fill_with(weights, 0);
    fill_with(bias, 0);
    kernels::winograd_weight_gradient<Case::padding, Case::stride>(at.x, at.dy, weights, bias, memory);
    for (auto& weight : weights) weight += 1;
    for (auto& sum : bias) sum += 1;
    kernels::winograd_weight_gradient<Case::padding, Case::stride>(at.x, at.dy, at.dw, at.db, memory);
    BOOST_TEST((weights == at.dw));
    BOOST_TEST((bias == at.db));
}

namespace {
// A map of ones, padded by zeros, and slopes of ones: each weight's gradient counts the pixels that it meets, in two
// lanes, and the bias's counts the slopes. Sixteenths, for the transforms round.
constexpr bool counts_pixels() {
    using Two = Lanes<float, 2>;
    Tensor<Two, Shape<1, 3, 3>> x{}, dy{};
    Tensor<float, Shape<1, 1, 3, 3>> dw{};
    Tensor<float, Shape<1>> db{};
    for (Two& pixel : x) pixel = Two(1.0f);
    for (Two& slope : dy) slope = Two(1.0f);
    kernels::WinogradGradientMemory<Two, 1, 1> memory{};
    kernels::winograd_weight_gradient<1>(x, dy, dw, db, memory);
    constexpr int expected[] = {8, 12, 8, 12, 18, 12, 8, 12, 8};
    for (int k = 0; k < 9; ++k)
        if (static_cast<int>(16 * dw[k] + 0.5f) != 16 * expected[k]) return false;
    return db[0] == 18;
}
static_assert(counts_pixels());

using kernels::winograd_gradient_pays;
static_assert(winograd_gradient_pays<E, Shape<16, 8, 8>, Shape<16, 16, 3, 3>, 1, 1>);
static_assert(winograd_gradient_pays<E, Shape<64, 4, 4>, Shape<64, 64, 3, 3>, 1, 1>);
static_assert(winograd_gradient_pays<Lanes<float, 8>, Shape<16, 16, 16>, Shape<8, 16, 3, 3>, 1, 1>);
static_assert(winograd_gradient_pays<E, Shape<16, 32, 32>, Shape<32, 16, 3, 3>, 2, 1>);
static_assert(winograd_gradient_pays<E, Shape<64, 8, 8>, Shape<128, 64, 3, 3>, 2, 1>);
static_assert(!winograd_gradient_pays<E, Shape<16, 32, 32>, Shape<16, 16, 3, 3>, 2, 1>);   // few outputs for stride 2
static_assert(!winograd_gradient_pays<E, Shape<32, 32, 32>, Shape<32, 32, 3, 3>, 2, 0>);   // padding for stride 2
static_assert(!winograd_gradient_pays<E, Shape<3, 32, 32>, Shape<16, 3, 3, 3>, 1, 1>);     // few inputs
static_assert(!winograd_gradient_pays<E, Shape<32, 32, 32>, Shape<4, 32, 3, 3>, 1, 1>);    // few outputs in a pack
static_assert(!winograd_gradient_pays<E, Shape<16, 5, 5>, Shape<16, 16, 3, 3>, 1, 1>);     // tiles not full
static_assert(!winograd_gradient_pays<E, Shape<16, 8, 8>, Shape<16, 16, 3, 3>, 2, 1>);     // stride
static_assert(!winograd_gradient_pays<E, Shape<16, 8, 8>, Shape<16, 8, 3, 3>, 1, 1>);      // groups
static_assert(!winograd_gradient_pays<E, Shape<16, 8, 8>, Shape<16, 16, 5, 5>, 1, 2>);     // kernel
static_assert(!winograd_gradient_pays<E, Shape<256, 8, 8>, Shape<256, 256, 3, 3>, 1, 1>);  // memory
static_assert(!winograd_gradient_pays<float, Shape<16, 8, 8>, Shape<16, 16, 3, 3>, 1, 1>);
}  // namespace
