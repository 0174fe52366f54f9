// SPDX-License-Identifier: BSL-1.0
// expects: lengths_mismatch<expects<a_layer_that_reads_lengths>, got<Shape<24>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Net = kiln::Sequential<kiln::ReLU, kiln::Dropout<0.5>>;
#else
using Net = kiln::Sequential<kiln::ReLU, kiln::Flatten>;
#endif
using M = kiln::Model<Net, kiln::Shape<6, 4>>;
int main() {
    const M model;
    return model.predict({}, 3)[0] > 0;
}
