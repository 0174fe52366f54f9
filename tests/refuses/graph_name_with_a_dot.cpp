// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<node<
// expects: "block.0"
// expects: expects<a_name_without_dots>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Second = Node<"second", Linear<4, 3>, "block">;
using Ends = Output<"second">;
#else
using Second = Node<"block.0", Linear<4, 3>, "block">;  // "block.0.weight" would be a tensor of "block"
using Ends = Output<"block.0">;
#endif
using Net = Graph<Input<"x">, Node<"block", Sequential<Linear<4, 4>>, "x">, Second, Ends>;
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
