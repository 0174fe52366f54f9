// SPDX-License-Identifier: BSL-1.0
// expects: not_a_layer<Derived<Waves
// expects: expects<operations_of_at_most<500>>, got<operations<600>>>
#include <kiln.hpp>

struct Waves {
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) {
        for (int i = 0; i < x.count; ++i) y[i] = kiln::math::sin(x[i]);
    }
};
#ifdef REPAIRED
using M = kiln::Model<kiln::Derived<Waves, 600>, kiln::Shape<600>>;
#else
using M = kiln::Model<kiln::Derived<Waves>, kiln::Shape<600>>;
#endif
M model;
