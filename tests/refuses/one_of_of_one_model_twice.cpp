// SPDX-License-Identifier: BSL-1.0
// expects: OneOf needs models of different types, got one twice
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Other = Model<Linear<3, 2, Bias::none>, Shape<3>>;
#else
using Other = Model<Linear<3, 2>, Shape<3>>;
#endif
float first(const OneOf<Model<Linear<3, 2>, Shape<3>>, Other>& net) { return net.predict({1, 2, 3})[0]; }
