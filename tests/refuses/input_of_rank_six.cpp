// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<expects<one_to_five_dimensions>, got<Shape<1, 2, 3, 4, 5, 6>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Input = kiln::Shape<1, 2, 3, 4, 5>;
#else
using Input = kiln::Shape<1, 2, 3, 4, 5, 6>;
#endif
using Model = kiln::Model<kiln::Sequential<kiln::ReLU, kiln::Flatten>, Input>;
static_assert(Model::parameter_count == 0);
int main() {
    static Model model{kiln::Seed{42}};
    return kiln::argmax(model.predict({}));
}
