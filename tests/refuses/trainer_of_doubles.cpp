// SPDX-License-Identifier: BSL-1.0
// expects: Trainer needs options that are Threads<N>, a group of ranks, Groups<G> or the element to compute with
// expects: (float, or Lanes<float, N>)
// expects: try no element
#include <kiln.hpp>
#ifdef REPAIRED
using Element = kiln::Lanes<float, 4>;
#else
using Element = double;
#endif
using Model = kiln::Model<kiln::Sequential<kiln::Linear<4, 2>>, kiln::Shape<4>>;
int main() {
    static Model model{kiln::Seed{42}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::SGD, kiln::Batch<8>, Element> trainer{model, {}};
    kiln::data::Dataset<kiln::Shape<4>> data({}, {});
    trainer.fit(data);
    return trainer.step({}, {}) > 0;
}
