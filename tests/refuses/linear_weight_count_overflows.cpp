// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Linear<65536, 65536>, expects<fewer_elements>, got<Shape<65536>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int outputs = 16;
#else
constexpr int outputs = 65536;
#endif
using Net = kiln::Sequential<kiln::Linear<16, 65536>, kiln::Linear<65536, outputs>, kiln::Linear<outputs, 2>>;
using Model = kiln::Model<Net, kiln::Shape<16>>;
int main() {
    static Model model{kiln::Seed{42}};
    return kiln::argmax(model.predict({}));
}
