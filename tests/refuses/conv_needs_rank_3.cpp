// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Conv<1, 8, 3, 1, 1
// expects: expects<rank<3>>, got<Shape<28, 28>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Image = kiln::Shape<1, 28, 28>;
#else
using Image = kiln::Shape<28, 28>;
#endif
using Digits = kiln::Model<kiln::Sequential<kiln::Conv<1, 8, 3, 1, 1>, kiln::ReLU, kiln::Pool<2>>, Image>;
static_assert(Digits::parameter_count == 80);
int main() {
    static Digits model{kiln::Seed{42}};
    kiln::Tensor<float, Image> image{};
    return static_cast<int>(model.predict(image)[0]);
}
