// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<node<
// expects: "right"
// expects: Shared<
// expects: "lift"
// expects: expects<an_earlier_node>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Right = Node<"right", Shared<"left">, "left">;
#else
using Right = Node<"right", Shared<"lift">, "left">;
#endif
using Net = Graph<Input<"image">, Node<"left", Linear<4, 4>, "image">, Right, Output<"right">>;
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
