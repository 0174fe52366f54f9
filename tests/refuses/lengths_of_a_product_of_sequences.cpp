// SPDX-License-Identifier: BSL-1.0
// expects: lengths_mismatch<at<layer<1>, node<
// expects: "z"
// expects: MatMulTransposed, expects<a_layer_that_leaves_padding_out>, got<Shapes<Shape<6, 3>, Shape<6, 3>>>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Net = Sequential<GRU<4, 3>, Sum<Identity, ReLU>>;
#else
using Net = Sequential<GRU<4, 3>, Graph<Input<"x">, Node<"z", MatMulTransposed, "x", "x">, Output<"z">>>;
#endif
const Model<Net, Shape<6, 4>> model{Seed{1}};
const auto y = model.predict(Tensor<float, Shape<6, 4>>{}, 5);
int main() {}
