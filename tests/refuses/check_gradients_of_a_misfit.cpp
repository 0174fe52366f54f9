// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<at<the_join>, Add, expects<inputs_of_one_shape>, got<Shapes<Shape<4>, Shape<5>>>>
#include <kiln.hpp>
#include <kiln/laws/check_gradients.hpp>
using namespace kiln;
#ifdef REPAIRED
using Block = Residual<Linear<4, 4>>;
#else
using Block = Residual<Linear<4, 5>>;
#endif
int main() { return check_gradients<Block, Shape<4>>() ? 0 : 1; }
