// SPDX-License-Identifier: BSL-1.0
// expects: loss_mismatch<CrossEntropy, expects<losses<2>>, got<Shapes<Shape<3>, Shape<2>>>>
#include <kiln.hpp>
using namespace kiln;
using Net = Graph<Input<"x">, Node<"kind", Linear<4, 3>, "x">, Node<"place", Linear<4, 2>, "x">,
                  Output<"kind", "place">>;
using Wishes = SeveralTargets<int, Tensor<float, Shape<2>>>;
#ifdef REPAIRED
using Judge = Losses<CrossEntropy, MeanSquaredError>;
#else
using Judge = CrossEntropy;
#endif
int main() {
    static Model<Net, Shape<4>> model{Seed{42}};
    const data::Dataset<Shape<4>, float, Wishes> samples({}, {});
    evaluate(model, samples, Judge{});
}
