// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<at<layer<1>, node<
// expects: "stem"
// expects: layer<1>>, Linear<9, 6>
// expects: expects<elements<9>>, got<Shape<8>>, try_this<Linear<8, 6
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Stem = Sequential<Linear<6, 8>, Linear<8, 6>>;
#else
using Stem = Sequential<Linear<6, 8>, Linear<9, 6>>;
#endif
using Inner = Graph<Input<"x">, Node<"stem", Stem, "x">, Node<"sum", Add, "x", "stem">, Output<"sum">>;
int main() {
    static Model<Sequential<Linear<4, 6>, Inner>, Shape<4>> model{Seed{42}};
    return argmax(model.predict({}));
}
