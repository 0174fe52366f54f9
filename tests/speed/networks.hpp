// SPDX-License-Identifier: BSL-1.0
#pragma once
// The networks whose speed is measured; comparisons with other libraries use the same.

#include <kiln/layers/activation.hpp>
#include <kiln/layers/average_pool.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

namespace kiln::speed {

using Card = Model<Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<8 * 13 * 13, 10>>, Shape<1, 28, 28>>;
using SeedCnn = Model<
    Sequential<Conv<1, 10, 5>, Pool<2>, ReLU, Conv<10, 20, 5>, Pool<2>, ReLU, Linear<320, 120>, ReLU, Linear<120, 10>>,
    Shape<1, 28, 28>>;
using Mlp = Model<Sequential<Linear<784, 128>, ReLU, Linear<128, 10>>, Shape<784>>;
using WideMlp = Model<Sequential<Linear<784, 512>, ReLU, Linear<512, 512>, ReLU, Linear<512, 10>>, Shape<784>>;
using Tiny = Model<Sequential<Linear<16, 32>, Tanh, Linear<32, 32>, Tanh, Linear<32, 4>>, Shape<16>>;
using Vgg = Model<Sequential<Conv<3, 32, 3, 1, 1>, ReLU, Conv<32, 32, 3, 1, 1>, ReLU, Pool<2>, Conv<32, 64, 3, 1, 1>,
                             ReLU, Conv<64, 64, 3, 1, 1>, ReLU, Pool<2>, Linear<4096, 256>, ReLU, Linear<256, 10>>,
                  Shape<3, 32, 32>, Plan<1 << 20>>;  // on a main function's stack
// With batch statistics: its passes run section by section.
using Normed = Model<Sequential<Conv<3, 16, 3, 1, 1>, BatchNorm<16>, ReLU, Conv<16, 16, 3, 1, 1>, BatchNorm<16>, ReLU,
                                Pool<2>, Conv<16, 32, 3, 1, 1>, BatchNorm<32>, ReLU, Pool<2>, Linear<2048, 10>>,
                     Shape<3, 32, 32>>;

// MLPerf Tiny's ResNet-8: values that branch, and batch statistics across branches.
template <int In, int Out>
using Down = Sum<Sequential<Conv<In, Out, 3, 2, 1>, BatchNorm<Out>, ReLU, Conv<Out, Out, 3, 1, 1>, BatchNorm<Out>>,
                 Conv<In, Out, 1, 2>>;
using ResNet8 =
    Model<Sequential<Conv<3, 16, 3, 1, 1>, BatchNorm<16>, ReLU,
                     Residual<Conv<16, 16, 3, 1, 1>, BatchNorm<16>, ReLU, Conv<16, 16, 3, 1, 1>, BatchNorm<16>>, ReLU,
                     Down<16, 32>, ReLU, Down<32, 64>, ReLU, GlobalAveragePool, Linear<64, 10>>,
          Shape<3, 32, 32>, Plan<6 << 20>>;

}  // namespace kiln::speed
