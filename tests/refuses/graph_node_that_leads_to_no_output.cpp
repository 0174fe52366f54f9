// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<node<
// expects: "forgotten"
// expects: leads_to_no_output>
#include <kiln.hpp>
using namespace kiln;
using Forgotten = Node<"forgotten", Linear<6, 3>, "stem">;
#ifdef REPAIRED
using Answer = Node<"answer", Add, "stem", "forgotten">;
using Net = Graph<Input<"x">, Node<"stem", Linear<4, 3>, "x">, Node<"forgotten", Tanh, "stem">, Answer, Output<"answer">>;
#else
using Net = Graph<Input<"x">, Node<"stem", Linear<4, 6>, "x">, Forgotten, Node<"answer", Tanh, "stem">, Output<"answer">>;
#endif
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
