// SPDX-License-Identifier: BSL-1.0
// expects: lengths_mismatch<expects<a_layer_that_reads_lengths>, got<Shape<24>>>
#include <kiln.hpp>
using Sentence = kiln::Shape<6, 4>;
#ifdef REPAIRED
using Data = kiln::data::Dataset<Sentence, float>;
#else
struct Data : kiln::data::Dataset<Sentence, float> {
    using kiln::data::Dataset<Sentence, float>::Dataset;
    int length(int) const { return 6; }
};
#endif
int main() {
    const kiln::Model<kiln::Flatten, Sentence> model;
    return evaluate(model, Data{{}, {}}).samples;
}
