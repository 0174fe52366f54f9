// SPDX-License-Identifier: BSL-1.0
// expects: not_streamable<layer<1>, Louder, expects<frames_that_depend_on_no_later_frame>, got<Shape<20, 4>>
// expects: try_this<Each<Louder>>>
#include <kiln.hpp>
struct Mixed {
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in}; }
    static constexpr bool framewise(kiln::Extents) { return false; }
    static constexpr void forward(const auto& x, auto& y, auto) { y = x; }
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) { dx = dy; }
};
struct Louder : Mixed {};
#ifdef REPAIRED
using Last = kiln::Each<Louder>;
#else
using Last = Louder;
#endif
static kiln::Model<kiln::Sequential<kiln::Tanh, Last>, kiln::Shape<20, 4>> model;
static const kiln::Prepared prepared{model};
int main() { return kiln::Stream{prepared}.step({0, 0, 0, 0})[0] > 0 ? 1 : 0; }
