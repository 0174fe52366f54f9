// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<node<
// expects: "stem"
// expects: expects<at_least_one_value_to_read>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Stem = Node<"stem", Linear<4, 4>, "image">;
#else
using Stem = Node<"stem", Linear<4, 4>>;
#endif
using Net = Graph<Input<"image">, Stem, Node<"answer", Add, "stem", "image">, Output<"answer">>;
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
