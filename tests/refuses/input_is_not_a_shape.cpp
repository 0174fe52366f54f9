// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<expects<a_shape>, got<int>>
#include <kiln.hpp>
#ifdef REPAIRED
using Input = kiln::Shape<28 * 28>;
#else
using Input = int;
#endif
using Digits = kiln::Model<kiln::Sequential<kiln::Linear<28 * 28, 10>>, Input>;
static_assert(Digits::parameter_count == 7'850);
int main() {
    static Digits model{kiln::Seed{42}};
    return kiln::argmax(model.predict({}));
}
