// SPDX-License-Identifier: BSL-1.0
// expects: loss_mismatch<WeightedCrossEntropy<2>, expects<Shape<2>>, got<Shape<3>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Loss = kiln::WeightedCrossEntropy<3>;
#else
using Loss = kiln::WeightedCrossEntropy<2>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Linear<4, 3>>, kiln::Shape<4>>;
int main() {
    static Net model{kiln::Seed{42}};
    static kiln::Trainer<Net, Loss, kiln::SGD, kiln::Batch<8>> trainer{model, {}, Loss{.class_weights = {1, 2}}};
    return trainer.step({}, {}) > 0;
}
