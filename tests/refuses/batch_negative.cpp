// SPDX-License-Identifier: BSL-1.0
// expects: Batch needs at least one sample, got fewer
// expects: try Batch<64>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int samples = 64;
#else
constexpr int samples = -3;
#endif
using Model = kiln::Model<kiln::Sequential<kiln::Linear<4, 2>>, kiln::Shape<4>>;
int main() {
    static Model model{kiln::Seed{42}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::SGD, kiln::Batch<samples>> trainer{model, {}};
    kiln::data::Dataset<kiln::Shape<4>> data({}, {});
    trainer.fit(data);
    return trainer.step({}, {}) > 0;
}
