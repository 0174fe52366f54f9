// SPDX-License-Identifier: BSL-1.0
// expects: not_a_layer<
// expects: node<
// expects: Frozen<Shared<
// expects: missing<member::shape>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Second = Shared<"a">;
#else
using Second = Frozen<Shared<"a">>;
#endif
using Net = Graph<Input<"x">, Node<"a", Linear<4, 4>, "x">, Node<"b", Second, "a">, Output<"b">>;
int main() {
    const Model<Net, Shape<4>> model{Seed{1}};
    return argmax(model.predict({}));
}
