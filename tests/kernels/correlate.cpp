// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.correlate
#include <kiln/kernels/correlate.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/correlations.hpp"

using namespace kiln;
using namespace kiln::laws;

BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_sums_the_products_of_its_formula, Case, AllSizes) {
    Operands<Case> at;
    kernels::correlate<Case::stride>(at.padded, at.w, at.b, at.y);
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto x = lane_of(at.x, l);
        Tensor<double, typename Case::Out> expected;
        for (int o = 0; o < Case::Out::extents[0]; ++o)
            for (int i = 0; i < Case::Out::extents[1]; ++i)
                for (int j = 0; j < Case::Out::extents[2]; ++j) expected(o, i, j) = double(at.b(o));
        for_each_product<Case>([&](int o, int c, int u, int v, int i, int j, int r, int s) {
            expected(o, i, j) += double(at.w(o, c % Case::seen, u, v)) * x(c, r, s);
        });
        BOOST_TEST(distance(lane_of(at.y, l), expected) <= tolerance<typename Case::E>);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(pad_puts_zeros_around_every_map, Case, PaddedSizes) {
    const Operands<Case> at;
    constexpr Extents in = Case::In::extents, out = Case::Padded::extents;
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto x = lane_of(at.x, l);
        const auto padded = lane_of(at.padded, l);
        for (int c = 0; c < out[0]; ++c)
            for (int i = 0; i < out[1]; ++i)
                for (int j = 0; j < out[2]; ++j) {
                    const int r = i - Case::padding, s = j - Case::padding;
                    const bool inside = 0 <= r && r < in[1] && 0 <= s && s < in[2];
                    BOOST_REQUIRE_EQUAL(padded(c, i, j), inside ? x(c, r, s) : 0.0);
                }
    }
}
