// SPDX-License-Identifier: BSL-1.0
#pragma once
// The networks of this example. Only headers that need no operating system are included, so <kiln.hpp> is not.

#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/stream.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

/// Knows handwritten digits. Trained elsewhere; the chip only predicts.
using Card =
    kiln::Model<kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::Pool<2>, kiln::Linear<8 * 13 * 13, 10>>,
                kiln::Shape<1, 28, 28>>;

/// Tells how stripes run: across, down or aslant. A residual block, small enough to be trained on the chip.
using Stripes =
    kiln::Model<kiln::Sequential<kiln::Conv<1, 4, 3>, kiln::Tanh, kiln::Pool<2>,
                                 kiln::Residual<kiln::Conv<4, 4, 3, 1, 1>, kiln::Tanh>, kiln::Linear<4 * 3 * 3, 3>>,
                kiln::Shape<1, 8, 8>>;

/// Hears a sound, one sample after the other.
using Listener =
    kiln::Model<kiln::Sequential<kiln::GRU<1, 16>, kiln::Each<kiln::Linear<16, 1>>>, kiln::Shape<64, 1>>;
