// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.correlate_input_gradient
#include <kiln/kernels/correlate_input_gradient.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/correlations.hpp"

#include <limits>

using namespace kiln;
using namespace kiln::laws;

BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_input_gradient_sets_the_sums_of_its_formula, Case, AllSizes) {
    Operands<Case> at;
    for (auto& value : at.dx) value = scalar_t<typename Case::E>(std::numeric_limits<double>::quiet_NaN());
    kernels::spread_slopes_t<typename Case::E, typename Case::In, typename Case::Weight, Case::padding> slopes;
    kernels::correlate_input_gradient<Case::stride, Case::padding>(at.w, at.dy, at.dx, slopes);
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto dy = lane_of(at.dy, l);
        Tensor<double, typename Case::In> dx{};
        for_each_product<Case>([&](int o, int c, int u, int v, int i, int j, int r, int s) {
            dx(c, r, s) += double(at.w(o, c % Case::seen, u, v)) * dy(o, i, j);
        });
        BOOST_TEST(distance(lane_of(at.dx, l), dx) <= tolerance<typename Case::E>);
    }
}

// A layer of its own: the same sums, after a bias.
using UngroupedSizes = decltype(std::tuple_cat(FewSizes<float>{}, FewSizes<Lanes<float, 16>>{}, FewSizes<double>{}));
BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_transposed_adds_a_bias_to_them_and_ends_with_its_epilogue, Case,
                              UngroupedSizes) {
    using E = typename Case::E;
    Operands<Case> at;
    Tensor<scalar_t<E>, Shape<Case::In::extents[0]>> b;
    Random random{Seed{5}};
    fill(b, random);
    kernels::spread_slopes_t<E, typename Case::In, typename Case::Weight, Case::padding> slopes;
    kernels::correlate_input_gradient<Case::stride, Case::padding>(at.w, at.dy, at.dx, slopes);
    const auto doubled = [](const auto& value) { return value + value; };
    kernels::correlate_transposed<Case::stride, Case::padding>(at.dy, at.w, b, at.x, slopes, doubled);
    for (int l = 0; l < width<E>; ++l) {
        auto expected = lane_of(at.dx, l);
        for (int k = 0; k < expected.count; ++k)
            expected[k] = 2 * (expected[k] + double(b[k / (expected.count / b.count)]));
        BOOST_TEST(distance(lane_of(at.x, l), expected) <= tolerance<E>);
    }
}
