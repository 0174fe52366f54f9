// SPDX-License-Identifier: BSL-1.0
// expects: lengths_mismatch<layer<1>, Softmax, expects<a_layer_that_leaves_padding_out>, got<Shape<6, 3>>,
// expects: try_this<Each<Softmax>>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Net = Sequential<GRU<4, 3>, Each<Softmax>>;
#else
using Net = Sequential<GRU<4, 3>, Softmax>;  // over all frames
#endif
const Model<Net, Shape<6, 4>> model{Seed{1}};
const auto y = model.predict(Tensor<float, Shape<6, 4>>{}, 5);
int main() {}
