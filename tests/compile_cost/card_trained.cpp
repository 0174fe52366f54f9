// SPDX-License-Identifier: BSL-1.0
// The network of examples/05_images.cpp, trained.
#include "train.hpp"

template void kiln::compile_cost::train<kiln::speed::Card>();
