// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<node<
// expects: "Output"
// expects: is_no_node<
// expects: "image"
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Net = Graph<Input<"image">, Node<"answer", Linear<4, 3>, "image">, Output<"answer">>;
#else
using Net = Graph<Input<"image">, Node<"answer", Linear<4, 3>, "image">, Output<"image">>;
#endif
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
