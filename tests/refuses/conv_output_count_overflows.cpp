// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Conv<1, 10000000, 3, 1, 1
// expects: expects<fewer_elements>, got<Shape<1, 28, 28>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int channels = 10;
#else
constexpr int channels = 10'000'000;
#endif
using Net = kiln::Sequential<kiln::Conv<1, channels, 3, 1, 1>, kiln::Pool<28>, kiln::Linear<channels, 2>>;
using Model = kiln::Model<Net, kiln::Shape<1, 28, 28>>;
int main() {
    static Model model{kiln::Seed{42}};
    return kiln::argmax(model.predict({}));
}
