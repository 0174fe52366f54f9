// SPDX-License-Identifier: BSL-1.0
// expects: evaluate with units needs a loss that is judged by values, got another; try MeanSquaredError
#include <kiln.hpp>
int main() {
    const kiln::data::Dataset<kiln::Shape<3>, float> data({}, {});
    static kiln::Model<kiln::Linear<3, 2>, kiln::Shape<3>> model;
#ifdef REPAIRED
    return kiln::evaluate(model, data, kiln::CrossEntropy{}).accuracy < 1;
#else
    return kiln::evaluate(model, data, kiln::CrossEntropy{}, {1000, 1000}).accuracy < 1;
#endif
}
