// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<>, Sequential<>, expects<at_least_one_layer>, got<Shape<4>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Net = kiln::Sequential<kiln::Flatten>;
#else
using Net = kiln::Sequential<>;
#endif
using Empty = kiln::Model<Net, kiln::Shape<4>>;
static_assert(Empty::parameter_count == 0 && Empty::parameter_bytes == 0);
int main() {
    static Empty model{kiln::Seed{42}};
    static kiln::Trainer<Empty, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
