// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<2>, Conv<8, 8, 7, 1, 1
// expects: expects<map_of_at_least<5, 5>>, got<Shape<8, 4, 4>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int padding = 2;
#else
constexpr int padding = 1;
#endif
using Net = kiln::Sequential<kiln::Conv<1, 8, 5>, kiln::Pool<2>, kiln::Conv<8, 8, 7, 1, padding>, kiln::Flatten>;
using Small = kiln::Model<Net, kiln::Shape<1, 12, 12>>;
int main() {
    static Small model{kiln::Seed{42}};
    static kiln::Trainer<Small, kiln::CrossEntropy, kiln::SGD, kiln::Batch<8>> trainer{model, {.momentum = 0.9f}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
