// SPDX-License-Identifier: BSL-1.0
// expects: lengths_mismatch<at<layer<0>, the_join>,
// expects: expects<a_layer_that_leaves_padding_out>, got<Shapes<Shape<6, 3>, Shape<6, 3>>>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Net = Concat<Sequential<GRU<4, 3>, MeanOverTime>, Sequential<Conv1d<4, 3, 3, 1, 1>, MeanOverTime>>;
#else
using Net = Sequential<Concat<GRU<4, 3>, Conv1d<4, 3, 3, 1, 1>>, MeanOverTime>;  // 12 frames, joined in time
#endif
const Model<Net, Shape<6, 4>> model{Seed{1}};
const auto y = model.predict(Tensor<float, Shape<6, 4>>{}, 5);
int main() {}
