// SPDX-License-Identifier: BSL-1.0
// expects: OneOf needs models of one input shape and one output shape, got others
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Other = Model<Sequential<Linear<3, 4>, Tanh, Linear<4, 2>>, Shape<3>>;
#else
using Other = Model<Linear<3, 4>, Shape<3>>;
#endif
float first(const OneOf<Model<Linear<3, 2>, Shape<3>>, Other>& net) { return net.predict({1, 2, 3})[0]; }
