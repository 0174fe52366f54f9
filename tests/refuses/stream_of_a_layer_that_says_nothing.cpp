// SPDX-License-Identifier: BSL-1.0
// expects: not_streamable<layer<0>, Square, expects<frames_that_depend_on_no_later_frame>
// expects: got<Shape<20, 3>>, try_one_of<way::framewise, way::step>>
#include <kiln.hpp>
struct Square {
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in, .fits = in.rank == 2 && in[0] > 19}; }
    static void forward(const auto& x, auto& y, auto) { y = x; }
    static void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) { dx = dy; }
#ifdef REPAIRED
    static constexpr bool framewise(kiln::Extents) { return true; }
#endif
};
using M = kiln::Model<kiln::Sequential<Square, kiln::Tanh>, kiln::Shape<20, 3>>;
int main() {
    static M model{kiln::Seed{42}};
    static const kiln::Prepared<M> prepared{model};
    return kiln::Stream<M>{prepared}.step({0, 0, 0})[0] > 0 ? 1 : 0;
}
