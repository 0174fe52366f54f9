// SPDX-License-Identifier: BSL-1.0
// refused
// README's refused network, and a program that would have trained it.
#include "train.hpp"

using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::Pool<2>, kiln::Linear<1000, 10>>;
template void kiln::compile_cost::train<kiln::Model<Net, kiln::Shape<1, 28, 28>>>();
