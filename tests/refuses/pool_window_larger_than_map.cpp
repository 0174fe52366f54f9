// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Pool<4, 1
// expects: expects<map_of_at_least<4, 4>>, got<Shape<8, 3, 3>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int window = 3;
#else
constexpr int window = 4;
#endif
using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::Pool<window, 1>, kiln::Linear<8, 2>>;
using Small = kiln::Model<Net, kiln::Shape<1, 5, 5>>;
int main() {
    static Small model{kiln::Seed{42}};
    Small::Scratch<float> scratch;
    return kiln::argmax(model.predict({}, scratch));
}
