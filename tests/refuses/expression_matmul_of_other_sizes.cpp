// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Scores, expects<primitive<Primitive::matmul, expects<columns_equal_to_rows>, got<Shapes<Shape<4, 3>, Shape<4, 3>>>>>, got<Shape<4, 3>>>
#include <kiln.hpp>

struct Scores : kiln::Expressed<Scores> {
    static constexpr auto express(auto x) {
#ifdef REPAIRED
        return softmax(matmul(x, transpose(x)), kiln::Axis{-1});
#else
        return softmax(matmul(x, x), kiln::Axis{-1});
#endif
    }
};
using M = kiln::Model<kiln::Sequential<kiln::Tanh, Scores>, kiln::Shape<4, 3>>;
M model;
