// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, First, expects<tokens_below<50>>, got<Tokens<60, 4>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int words = 50;
#else
constexpr int words = 60;
#endif
struct First {  // y_t = x_t / 50
    static constexpr bool takes_tokens = true;
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = {4}, .fits = in == kiln::Tokens<50, 4>::extents}; }
    template <class> using needs = kiln::tokens_below<50>;
    static constexpr void forward(const auto& x, auto& y, auto) { for (int i = 0; i < 4; ++i) y[i] = x[i] * 0.02f; }
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};
using M = kiln::Model<kiln::Sequential<First, kiln::Linear<4, 3>>, kiln::Tokens<words, 4>>;
const M model{kiln::Seed{42}};
int main() { return static_cast<int>(model.predict({})[0]); }
