// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<>, Rectified, expects<select_in_the_place_of_a_branch>, got<Shape<4>>>
#include <kiln.hpp>

struct Rectified : kiln::Expressed<Rectified> {
    static constexpr auto express(auto x) {
#ifdef REPAIRED
        return select(x > 0, x, 0);
#else
        if (x > 0) return x;
        return 0 * x;
#endif
    }
};
kiln::Model<Rectified, kiln::Shape<4>> model;
