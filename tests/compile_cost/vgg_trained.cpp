// SPDX-License-Identifier: BSL-1.0
// The small VGG of the speed measurements, trained.
#include "train.hpp"

template void kiln::compile_cost::train<kiln::speed::Vgg>();
