// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<>, Linear<5, 2>, expects<elements<5>>, got<Shape<4>>, try_this<Linear<4, 2>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Iris = kiln::Model<kiln::Linear<4, 2>, kiln::Shape<4>>;
#else
using Iris = kiln::Model<kiln::Linear<5, 2>, kiln::Shape<4>>;
#endif
static_assert(Iris::parameter_count == 10);
int main() {
    const Iris model{kiln::Seed{42}};
    return kiln::argmax(model.predict({1, 2, 3, 4}));
}
