// SPDX-License-Identifier: BSL-1.0
#pragma once
// One of two models, and in the repaired twin a model.

#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/one_of.hpp>
#include <kiln/nets/sequential.hpp>

using namespace kiln;
using Small = Model<Linear<3, 2>, Shape<3>>;
#ifdef REPAIRED
using Net = Small;
#else
using Net = OneOf<Small, Model<Sequential<Linear<3, 4>, Linear<4, 2>>, Shape<3>>>;
#endif
