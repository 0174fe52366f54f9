// SPDX-License-Identifier: BSL-1.0
// expects: lengths_mismatch<expects<a_layer_that_reads_lengths>, got<Shape<3>>>
#include <kiln.hpp>
using Sentence = kiln::Shape<6, 4>;
#ifdef REPAIRED
const kiln::data::Dataset<Sentence, float> data({}, {});
#else
const kiln::data::Sequences<Sentence> data({}, {}, {});
#endif
using M = kiln::Model<kiln::Sequential<kiln::Flatten, kiln::Linear<24, 3>>, Sentence>;
int main() {
    static M model{kiln::Seed{1}};
    static kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<8>> trainer{model, {}};
    return trainer.fit(data).loss < 1;
}
