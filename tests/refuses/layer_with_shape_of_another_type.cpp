// SPDX-License-Identifier: BSL-1.0
// expects: not_a_layer<layer<0>, Identity, missing<member::shape>>
#include <kiln.hpp>
struct Identity {
#ifdef REPAIRED
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in}; }
#else
    static constexpr kiln::Extents shape(kiln::Extents in) { return in; }
#endif
    static void forward(const auto& x, auto& y, auto) { y = x; }
    static void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) { dx = dy; }
};
using Model = kiln::Model<kiln::Sequential<Identity, kiln::Linear<4, 2>>, kiln::Shape<4>>;
int main() {
    static Model model{kiln::Seed{42}};
    return kiln::argmax(model.predict({}));
}
