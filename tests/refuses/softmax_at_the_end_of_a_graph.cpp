// SPDX-License-Identifier: BSL-1.0
// expects: CrossEntropy
// expects: logits
// expects: Softmax
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Ends = Identity;
#else
using Ends = Softmax;
#endif
using Net = Graph<Input<"x">, Node<"a", Linear<4, 3>, "x">, Node<"b", Ends, "a">, Output<"b">>;
int main() {
    static Model<Net, Shape<4>> model{Seed{1}};
    static Trainer<Model<Net, Shape<4>>, CrossEntropy, SGD, Batch<8>> trainer{model, {}};
    return trainer.step({}, {}) > 0;
}
