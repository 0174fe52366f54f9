// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<expects<fewer_elements>, got<Shape<65536, 65536>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int rows = 16;
#else
constexpr int rows = 65536;
#endif
using Model = kiln::Model<kiln::Sequential<kiln::ReLU, kiln::Flatten>, kiln::Shape<rows, 65536>>;
int main() {
    static Model model{kiln::Seed{42}};
    static Model::Scratch<float> scratch;
    static kiln::Tensor<float, Model::Input> x{};
    return kiln::argmax(model.predict(x, scratch));
}
