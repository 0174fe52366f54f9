// SPDX-License-Identifier: BSL-1.0
// expects: not_a_layer<Derived<Rectified
// expects: expects<select_in_the_place_of_a_branch>, got<operations<8>>>
#include <kiln.hpp>

struct Rectified {
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) {
#ifdef REPAIRED
        for (int i = 0; i < 4; ++i) y[i] = kiln::math::select(x[i] > 0 * x[i], x[i], 0);
#else
        for (int i = 0; i < 4; ++i) y[i] = x[i] > 0 * x[i] ? x[i] : 0 * x[i];
#endif
    }
};
kiln::Model<kiln::Derived<Rectified>, kiln::Shape<4>> model;
