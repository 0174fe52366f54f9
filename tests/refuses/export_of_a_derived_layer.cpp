// SPDX-License-Identifier: BSL-1.0
// expects: not_described<layer<1>, Negated, missing<member::claims_of>>
#include <kiln.hpp>
struct Negated : kiln::Linear<4, 4> {
    using Linear = kiln::Linear<4, 4>;
    static void forward(const auto& x, auto& y, auto at) {
        Linear::forward(x, y, at, [](const auto& value) { return -value; });
    }
#ifdef REPAIRED
    using claims_of = Negated;
    static void describe(const auto& x, auto& y, auto at) { Linear::describe(x, y, at), y = y.then("Neg"); }
#endif
};
int main() {
    static kiln::Model<kiln::Sequential<kiln::ReLU, Negated>, kiln::Shape<4>> model{kiln::Seed{42}};
    return kiln::io::describe(model).nodes.empty() ? 1 : 0;
}
