// SPDX-License-Identifier: BSL-1.0
// expects: lengths_mismatch<expects<layers_that_leave_padding_out>, got<Shape<6, 4>>>
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
