// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<layer<1>, leads_to_no_output>
#include <kiln.hpp>
using namespace kiln;
struct Net : Wired<Net> {
    static constexpr int depth = 3;
    template <int I>
    using Layer = std::conditional_t<I == 2, Add, Linear<4, 4>>;
#ifdef REPAIRED
    static constexpr Wiring<3, 2> wiring{.fan = {1, 1, 2}, .from = {{{0}, {0}, {1, 2}}}, .outputs = {3}};
#else
    static constexpr Wiring<3, 2> wiring{.fan = {1, 1, 2}, .from = {{{0}, {0}, {0, 1}}}, .outputs = {3}};
#endif
};
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
