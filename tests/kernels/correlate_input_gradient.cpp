// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.correlate_input_gradient
#include <kiln/kernels/correlate_input_gradient.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/correlations.hpp"

using namespace kiln;
using namespace kiln::laws;

namespace {

void require_gradient(View w, View dy, View dx, int stride, int padding) {
    const Numbers weights(w);
    for (int l = 0; l < dx.lanes; ++l) {
        const Numbers slopes(dy, l);
        Numbers expected(dx.extents);
        for_each_product(dx.extents, w.extents, dy.extents, stride, padding,
                         [&](int o, int c, int u, int v, int i, int j, int r, int s) {
                             expected(c, r, s) += weights(o, c % w.extents[1], u, v) * slopes(o, i, j);
                         });
        BOOST_TEST(distance(Numbers(dx, l), expected) <= tolerance(dx));
    }
}

/// y is twice the sum of dx and a bias.
void require_doubled_sum(View dx, View b, View y) {
    const Numbers bias(b);
    for (int l = 0; l < dx.lanes; ++l) {
        Numbers expected(dx, l);
        for (int k = 0; k < expected.count(); ++k)
            expected[k] = 2 * (expected[k] + bias[k / (expected.count() / bias.count())]);
        BOOST_TEST(distance(Numbers(y, l), expected) <= tolerance(y));
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_input_gradient_sets_the_sums_of_its_formula, Case, AllSizes) {
    Operands<Case> at;
    kernels::spread_slopes_t<typename Case::E, typename Case::In, typename Case::Weight, Case::padding> slopes;
    kernels::correlate_input_gradient<Case::stride, Case::padding>(at.w, at.dy, at.dx, slopes);
    require_gradient(at.w, at.dy, at.dx, Case::stride, Case::padding);
}

// A layer of its own: the same sums, after a bias.
using UngroupedSizes = decltype(std::tuple_cat(FewSizes<float>{}, FewSizes<Lanes<float, 16>>{}, FewSizes<double>{}));
BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_transposed_adds_a_bias_to_them_and_ends_with_its_epilogue, Case,
                              UngroupedSizes) {
    using E = typename Case::E;
    Operands<Case> at;
    Tensor<scalar_t<E>, Shape<Case::In::extents[0]>> b;
    Random random{Seed{5}};
    fill_random(b, random);
    kernels::spread_slopes_t<E, typename Case::In, typename Case::Weight, Case::padding> slopes;
    kernels::correlate_input_gradient<Case::stride, Case::padding>(at.w, at.dy, at.dx, slopes);
    const auto doubled = [](const auto& value) { return value + value; };
    kernels::correlate_transposed<Case::stride, Case::padding>(at.dy, at.w, b, at.x, slopes, doubled);
    require_doubled_sum(at.dx, b, at.x);
}
