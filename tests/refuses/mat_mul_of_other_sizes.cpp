// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<at<node<
// expects: "scores"
// expects: MatMul, expects<columns_equal_to_rows>, got<Shapes<Shape<4, 6>, Shape<5, 6>>>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Scores = MatMulTransposed;
#else
using Scores = MatMul;
#endif
using Net = Graph<Input<"q">, Input<"k">, Node<"scores", Scores, "q", "k">, Output<"scores">>;
int main() {
    static Model<Net, Shapes<Shape<4, 6>, Shape<5, 6>>> model{Seed{42}};
    return argmax(model.predict({}));
}
