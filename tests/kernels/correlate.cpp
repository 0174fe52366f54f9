// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.correlate
#include <kiln/kernels/correlate.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/correlations.hpp"

using namespace kiln;
using namespace kiln::laws;

namespace {

void require_correlation(View x, View w, View b, View y, int stride, int padding) {
    const Numbers weights(w), bias(b);
    for (int l = 0; l < x.lanes; ++l) {
        const Numbers pixels(x, l);
        Numbers expected(y.extents);
        for (int k = 0; k < expected.count(); ++k) expected[k] = bias[k / (expected.count() / bias.count())];
        for_each_product(x.extents, w.extents, y.extents, stride, padding,
                         [&](int o, int c, int u, int v, int i, int j, int r, int s) {
                             expected(o, i, j) += weights(o, c % w.extents[1], u, v) * pixels(c, r, s);
                         });
        BOOST_TEST(distance(Numbers(y, l), expected) <= tolerance(y));
    }
}

void require_padding(View x, View padded, int padding) {
    const Extents in = x.extents;
    for (int l = 0; l < x.lanes; ++l) {
        const Numbers pixels(x, l);
        Numbers expected(padded.extents);
        for (int c = 0; c < in[0]; ++c)
            for (int r = 0; r < in[1]; ++r)
                for (int s = 0; s < in[2]; ++s) expected(c, r + padding, s + padding) = pixels(c, r, s);
        BOOST_TEST((Numbers(padded, l) == expected));
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_sums_the_products_of_its_formula, Case, AllSizes) {
    Operands<Case> at;
    kernels::correlate<Case::stride>(at.padded, at.w, at.b, at.y);
    require_correlation(at.x, at.w, at.b, at.y, Case::stride, Case::padding);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(pad_puts_zeros_around_every_map, Case, PaddedSizes) {
    Operands<Case> at;
    require_padding(at.x, at.padded, Case::padding);
}
