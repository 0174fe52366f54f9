// SPDX-License-Identifier: BSL-1.0
// expects: not_described<at<layer<1>, each_frame>, Unchanged, missing<member::describe>>
#include <kiln.hpp>
struct Unchanged {
#ifdef REPAIRED
    static void describe(const auto& x, auto& y, auto) { y = x.then("Identity"); }
#endif
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) { y = x; }
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) { dx = dy; }
};
static kiln::Model<kiln::Sequential<kiln::Tanh, kiln::Each<Unchanged>>, kiln::Shape<4, 3>> model;
int main() { return kiln::io::describe(model).nodes.empty() ? 1 : 0; }
