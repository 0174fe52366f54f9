// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<layer<0>, expects<at_least_one_value_to_read>>
#include <kiln.hpp>
using namespace kiln;
struct Net : Wired<Net> {
    static constexpr int depth = 1;
    template <int>
    using Layer = Linear<4, 4>;
#ifdef REPAIRED
    static constexpr Wiring<1, 1> wiring{.fan = {1}, .from = {{{0}}}, .outputs = {1}};
#else
    static constexpr Wiring<1, 1> wiring{.fan = {0}, .from = {{{0}}}, .outputs = {1}};
#endif
};
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
