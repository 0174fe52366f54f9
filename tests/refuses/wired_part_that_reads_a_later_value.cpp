// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<layer<1>, expects<earlier_values_to_read>>
#include <kiln.hpp>
using namespace kiln;
struct Net : Wired<Net> {
    static constexpr int depth = 2;
    template <int I>
    using Layer = std::conditional_t<I == 1, Add, Linear<4, 4>>;
#ifdef REPAIRED
    static constexpr Wiring<2, 2> wiring{.fan = {1, 2}, .from = {{{0}, {0, 1}}}, .outputs = {2}};
#else
    static constexpr Wiring<2, 2> wiring{.fan = {1, 2}, .from = {{{0}, {1, 2}}}, .outputs = {2}};
#endif
};
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
