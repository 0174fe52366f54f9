// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Graph<
// expects: expects<outputs<1>>, got<outputs<2>>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Ends = Output<"sum">;
#else
using Ends = Output<"a", "sum">;
#endif
using Inner = Graph<Input<"x">, Node<"a", Linear<4, 3>, "x">, Node<"b", Linear<4, 3>, "x">,
                    Node<"sum", Add, "a", "b">, Ends>;
int main() {
    static Model<Sequential<Linear<2, 4>, Inner>, Shape<2>> model{Seed{42}};
    return argmax(model.predict({}));
}
