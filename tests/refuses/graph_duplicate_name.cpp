// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<node<
// expects: "stem"
// expects: duplicate_name>
#include <kiln.hpp>
using namespace kiln;
using Stem = Node<"stem", Linear<4, 6>, "image">;
#ifdef REPAIRED
using Net = Graph<Input<"image">, Stem, Node<"answer", Linear<6, 3>, "stem">, Output<"answer">>;
#else
using Net = Graph<Input<"image">, Stem, Node<"stem", Linear<6, 3>, "stem">, Output<"stem">>;
#endif
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
