// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<
// expects: no_input>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Net = Graph<Input<"x">, Node<"y", Linear<4, 3>, "x">, Output<"y">>;
#else
using Net = Graph<>;
#endif
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
