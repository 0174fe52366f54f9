// SPDX-License-Identifier: BSL-1.0
// expects: not_streamable<layer<1>, Derived<Softsign
// expects: expects<frames_that_depend_on_no_later_frame>, got<Shape<20, 3>>, try_this<Each<Derived<Softsign
#include <kiln.hpp>
struct Softsign {
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) {
        for (int i = 0; i < x.count; ++i) y[i] = x[i] / (1 + kiln::math::abs(x[i]));
    }
#ifdef REPAIRED
    static constexpr bool framewise(kiln::Extents) { return true; }
#endif
};
static kiln::Model<kiln::Sequential<kiln::Tanh, kiln::Derived<Softsign>>, kiln::Shape<20, 3>> model;
static const kiln::Prepared prepared{model};
int main() { return kiln::Stream{prepared}.step({0, 0, 0})[0] > 0 ? 1 : 0; }
