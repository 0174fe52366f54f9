// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<node<
// expects: "answer"
// expects: defined_later<
// expects: "stem"
#include <kiln.hpp>
using namespace kiln;
using Stem = Node<"stem", Linear<4, 6>, "image">;
using Answer = Node<"answer", Linear<6, 3>, "stem">;
#ifdef REPAIRED
using Net = Graph<Input<"image">, Stem, Answer, Output<"answer">>;
#else
using Net = Graph<Input<"image">, Answer, Stem, Output<"answer">>;
#endif
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
