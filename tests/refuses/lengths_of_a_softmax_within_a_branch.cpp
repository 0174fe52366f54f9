// SPDX-License-Identifier: BSL-1.0
// expects: lengths_mismatch<at<layer<2>, branch<1>, layer<1>>, Softmax,
// expects: expects<a_layer_that_leaves_padding_out>, got<Shape<6, 3>>, try_this<Each<Softmax>>>
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Gate = Sequential<ReLU, Each<Softmax>>;
#else
using Gate = Sequential<ReLU, Softmax>;
#endif
using M = Model<Sequential<GRU<4, 3>, Tanh, Multiply<Identity, Gate>>, Shape<6, 4>>;
static M model{Seed{1}};
static Trainer<M, MeanSquaredError, SGD, Batch<8>> trainer{model, {}};
int main() {
    const Tensor<float, Shape<6, 4>> x[1] = {};
    const Tensor<float, Shape<6, 3>> y[1] = {};
    return trainer.step(x, y, std::array{5}) > 0;
}
