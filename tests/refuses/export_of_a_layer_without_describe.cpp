// SPDX-License-Identifier: BSL-1.0
// expects: not_described<layer<1, 0>, Square, missing<member::describe>>
#include <kiln.hpp>
struct Square {
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in}; }
    static void forward(const auto& x, auto& y, auto) { y = x; }
    static void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) { dx = dy; }
#ifdef REPAIRED
    static void describe(const auto& x, auto& y, auto) { y = x.then("Mul", x); }
#endif
};
using Net = kiln::Sequential<kiln::Linear<4, 8>, kiln::Sequential<Square>, kiln::Linear<8, 2>, Square>;
int main() {
    static kiln::Model<Net, kiln::Shape<4>> model{kiln::Seed{42}};
    return kiln::io::describe(model).nodes.empty() ? 1 : 0;
}
