// SPDX-License-Identifier: BSL-1.0
// expects: lengths_mismatch<layer<1>, Linear<24, 3>, expects<a_layer_that_takes_fewer_frames>, got<Shape<6, 4>>>
#include <kiln.hpp>
using Sentence = kiln::Shape<6, 4>;
#ifdef REPAIRED
using Net = kiln::Sequential<kiln::Attention<2>, kiln::MeanOverTime, kiln::Linear<4, 3>>;
#else
using Net = kiln::Sequential<kiln::Attention<2>, kiln::Linear<24, 3>>;  // would read the padding
#endif
using M = kiln::Model<Net, Sentence>;
int main() {
    static M model{kiln::Seed{1}};
    static kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<8>> trainer{model, {}};
    const kiln::data::Sequences<Sentence> data({}, {}, {});
    return trainer.fit(data).loss < 1;
}
