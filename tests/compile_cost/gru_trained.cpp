// SPDX-License-Identifier: BSL-1.0
// A recurrent network on sequences of 32 frames, trained.
#include "train.hpp"

#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>

namespace kiln::compile_cost {
using Recurrent = Model<Sequential<GRU<32, 64>, Last, Linear<64, 10>>, Shape<32, 32>>;
}
template void kiln::compile_cost::train<kiln::compile_cost::Recurrent>();
