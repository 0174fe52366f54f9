// SPDX-License-Identifier: BSL-1.0
#pragma once
// The network of the page: three convolutions. Fewer parameters than the one of examples/mnist, which matters on the
// wire, and fewer mistakes, which matters to whoever draws.

#include <kiln/core/shape.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>

using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::Pool<2>,   //
                             kiln::Conv<8, 16, 4>, kiln::ReLU, kiln::Pool<2>,  //
                             kiln::Conv<16, 32, 3>, kiln::ReLU, kiln::Linear<32 * 3 * 3, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;

static_assert(Digits::parameter_count == 9'674);
