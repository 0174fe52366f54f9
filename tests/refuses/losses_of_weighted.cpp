// SPDX-License-Identifier: BSL-1.0
// expects: kiln: Losses needs the losses alone as its types, got Weighted<…>; try Losses<CrossEntropy, Huber>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Both = Losses<CrossEntropy, Huber>;
#else
using Both = Losses<Weighted<CrossEntropy>, Huber>;
#endif
using Net = Graph<Input<"x">, Node<"a", Linear<4, 3>, "x">, Node<"b", Linear<4, 2>, "x">, Output<"a", "b">>;
int main() {
    const Both loss{};
    static Model<Net, Shape<4>> model{Seed{1}};
    static Trainer<Model<Net, Shape<4>>, Both, SGD, Batch<8>> trainer{model, {}, loss};
    return trainer.step({}, {}) > 0;
}
