// SPDX-License-Identifier: BSL-1.0
// The small VGG whose speed is measured, trained.
#include "train.hpp"

template void kiln::compile_cost::train<kiln::speed::Vgg>();
