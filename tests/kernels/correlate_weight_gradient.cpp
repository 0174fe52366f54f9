// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.correlate_weight_gradient
#include <kiln/kernels/correlate_weight_gradient.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/correlations.hpp"

using namespace kiln;
using namespace kiln::laws;

namespace {

/// dw and db are 1 and, added to that, the gradients of all lanes.
void require_gradients(View x, View dy, View dw, View db, int stride, int padding) {
    Numbers weights(dw.extents, 1), bias(db.extents, 1);
    for (int l = 0; l < x.lanes; ++l) {
        const Numbers pixels(x, l), slopes(dy, l);
        for (int k = 0; k < slopes.count(); ++k) bias[k / (slopes.count() / bias.count())] += slopes[k];
        for_each_product(x.extents, dw.extents, dy.extents, stride, padding,
                         [&](int o, int c, int u, int v, int i, int j, int r, int s) {
                             weights(o, c % dw.extents[1], u, v) += slopes(o, i, j) * pixels(c, r, s);
                         });
    }
    BOOST_TEST(distance(Numbers(dw), weights) <= tolerance(dw));
    BOOST_TEST(distance(Numbers(db), bias) <= tolerance(db));
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_weight_gradient_adds_the_products_of_its_formula, Case, AllSizes) {
    Operands<Case> at;
    kernels::correlate_weight_gradient<Case::stride>(at.padded, at.dy, at.dw, at.db);
    require_gradients(at.x, at.dy, at.dw, at.db, Case::stride, Case::padding);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_weight_gradient_does_without_a_bias, Case, FewSizes<float>) {
    Operands<Case> at;
    const auto before = at.dw;
    Nothing none;
    kernels::correlate_weight_gradient<Case::stride>(at.padded, at.dy, at.dw, none);
    auto without = at.dw;
    at.dw = before;
    kernels::correlate_weight_gradient<Case::stride>(at.padded, at.dy, at.dw, at.db);
    BOOST_TEST((without == at.dw));
}
