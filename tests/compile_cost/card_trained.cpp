// SPDX-License-Identifier: BSL-1.0
// README's network, trained.
#include "train.hpp"

template void kiln::compile_cost::train<kiln::speed::Card>();
