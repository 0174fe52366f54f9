// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<
// expects: Linear<4, 3>, expects<an_input_a_node_or_an_output>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Item = Node<"y", Linear<4, 3>, "x">;
#else
using Item = Linear<4, 3>;
#endif
using Net = Graph<Input<"x">, Item, Output<"y">>;
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
