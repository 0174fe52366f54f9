// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<at<node<
// expects: "answer"
// expects: Linear<4, 3>, expects<inputs<1>>, got<Shapes<Shape<4>, Shape<4>>>>
#include <kiln.hpp>
using namespace kiln;
using Stem = Node<"stem", Linear<4, 4>, "image">;
#ifdef REPAIRED
using Answer = Node<"answer", Add, "stem", "image">;
#else
using Answer = Node<"answer", Linear<4, 3>, "stem", "image">;
#endif
using Net = Graph<Input<"image">, Stem, Answer, Output<"answer">>;
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
