// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<>, Waves, expects<primitives_of_at_most<256>>, got<Shape<4>>>
#include <kiln.hpp>

#ifdef REPAIRED
constexpr int rounds = 30;
#else
constexpr int rounds = 300;
#endif
struct Waves : kiln::Expressed<Waves> {
    static constexpr auto express(auto x) {
        for (int i = 0; i < rounds; ++i) x = sin(x);
        return x;
    }
};
kiln::Model<Waves, kiln::Shape<4>> model;
