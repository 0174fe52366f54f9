// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<no_output>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Net = Graph<Input<"image">, Node<"answer", Linear<4, 3>, "image">, Output<"answer">>;
#else
using Net = Graph<Input<"image">, Node<"answer", Linear<4, 3>, "image">>;
#endif
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
