// SPDX-License-Identifier: BSL-1.0
// expects: Losses<CrossEntropy>
// expects: losses<2>
// expects: Shapes<Shape<3>, Shape<2>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Both = Losses<CrossEntropy, MeanSquaredError>;
#else
using Both = Losses<CrossEntropy>;
#endif
using Net = Graph<Input<"x">, Node<"a", Linear<4, 3>, "x">, Node<"b", Linear<4, 2>, "x">, Output<"a", "b">>;
int main() {
    static Model<Net, Shape<4>> model{Seed{1}};
    static Trainer<Model<Net, Shape<4>>, Both, SGD, Batch<8>> trainer{model, {}};
    return trainer.step({}, {}) > 0;
}
