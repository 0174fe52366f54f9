// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<expects<inputs<2>>, got<Shape<4>>>
#include <kiln.hpp>
using namespace kiln;
using Answer = Node<"answer", Linear<4, 3>, "sum">;
#ifdef REPAIRED
using Net = Graph<Input<"left">, Node<"sum", Add, "left", "left">, Answer, Output<"answer">>;
#else
using Net = Graph<Input<"left">, Input<"right">, Node<"sum", Add, "left", "right">, Answer, Output<"answer">>;
#endif
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
