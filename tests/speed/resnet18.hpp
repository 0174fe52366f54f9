// SPDX-License-Identifier: BSL-1.0
#pragma once
// ResNet-18 (K. He, X. Zhang, S. Ren, J. Sun: Deep Residual Learning for Image Recognition, 2015), on which the cost of
// compiling is measured. Its layers have the shapes of torchvision's resnet18.

#include <kiln/layers/activation.hpp>
#include <kiln/layers/average_pool.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/sequential.hpp>

namespace kiln::speed {

template <int In, int Out, int Stride>
using TwoConvs = Sequential<Conv<In, Out, 3, Stride, 1, 1, Bias::none>, BatchNorm<Out>, ReLU,
                            Conv<Out, Out, 3, 1, 1, 1, Bias::none>, BatchNorm<Out>>;
template <int Channels>
using Block = Sequential<Residual<TwoConvs<Channels, Channels, 1>>, ReLU>;
template <int In, int Out>
using Narrowing =
    Sequential<Sum<TwoConvs<In, Out, 2>, Sequential<Conv<In, Out, 1, 2, 0, 1, Bias::none>, BatchNorm<Out>>>, ReLU>;

/// Reads Shape<3, 224, 224>; 11,689,512 parameters.
using ResNet18 = Sequential<Conv<3, 64, 7, 2, 3, 1, Bias::none>, BatchNorm<64>, ReLU, Pool<3, 2, 1>,  //
                            Block<64>, Block<64>, Narrowing<64, 128>, Block<128>, Narrowing<128, 256>, Block<256>,
                            Narrowing<256, 512>, Block<512>, GlobalAveragePool, Linear<512, 1000>>;

}  // namespace kiln::speed
