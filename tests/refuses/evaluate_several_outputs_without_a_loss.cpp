// SPDX-License-Identifier: BSL-1.0
// expects: kiln: evaluate needs a loss for targets that are not labels, got none; try evaluate(model, data, trainer.loss())
#include <kiln.hpp>
using namespace kiln;
using Net = Graph<Input<"x">, Node<"kind", Linear<4, 3>, "x">, Node<"place", Linear<4, 2>, "x">,
                  Output<"kind", "place">>;
using Wishes = SeveralTargets<int, Tensor<float, Shape<2>>>;
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    const data::Dataset<Shape<4>, float, Wishes> samples({}, {});
#ifdef REPAIRED
    evaluate(model, samples, Losses<CrossEntropy, MeanSquaredError>{});
#else
    evaluate(model, samples);
#endif
}
