// SPDX-License-Identifier: BSL-1.0
// expects: loss_mismatch<Distance, expects<labels_as_targets>, got<Tensor<float, Shape<2>>>>
#include <kiln.hpp>
struct Distance : kiln::MeanSquaredError {
#ifdef REPAIRED
    static constexpr kiln::JudgedBy judged_by = kiln::JudgedBy::values;
#else
    static constexpr kiln::JudgedBy judged_by = kiln::JudgedBy::classes;
#endif
};
using M = kiln::Model<kiln::Linear<3, 2>, kiln::Shape<3>>;
int main() {
    const kiln::data::Dataset<kiln::Shape<3>, float, kiln::Tensor<float, kiln::Shape<2>>> data({}, {});
    static M model;
    static kiln::Trainer<M, Distance, kiln::SGD, kiln::Batch<8>> trainer{model, {}};
    return trainer.fit(data, data, {.epochs = 3}).loss < 1;
}
