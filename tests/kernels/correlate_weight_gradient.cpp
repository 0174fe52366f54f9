// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.correlate_weight_gradient
#include <kiln/kernels/correlate_weight_gradient.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/correlations.hpp"

using namespace kiln;
using namespace kiln::laws;

BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_weight_gradient_adds_the_products_of_its_formula, Case, AllSizes) {
    Operands<Case> at;
    kernels::correlate_weight_gradient<Case::stride>(at.padded, at.dy, at.dw, at.db);
    Tensor<double, typename Case::Weight> dw;
    Tensor<double, typename Case::Bias> db;
    for (double& value : dw) value = 1;
    for (double& value : db) value = 1;
    for (int l = 0; l < width<typename Case::E>; ++l) {
        const auto x = lane_of(at.x, l);
        const auto dy = lane_of(at.dy, l);
        for (int k = 0; k < dy.count; ++k) db[k / (dy.count / db.count)] += dy[k];
        for_each_product<Case>([&](int o, int c, int u, int v, int i, int j, int r, int s) {
            dw(o, c % Case::seen, u, v) += dy(o, i, j) * x(c, r, s);
        });
    }
    BOOST_TEST(distance(at.dw, dw) <= tolerance<typename Case::E>);
    BOOST_TEST(distance(at.db, db) <= tolerance<typename Case::E>);
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
