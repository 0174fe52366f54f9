// SPDX-License-Identifier: BSL-1.0
// expects: layer<2>, Initialized<Linear<1000, 10>, Glorot>
// expects: expects<elements<1000>>, got<Shape<8, 13, 13>>
// expects: try_this<Initialized<Linear<1352, 10>, Glorot>>
#include <kiln.hpp>
#ifdef REPAIRED
using Last = kiln::Linear<1352, 10>;
#else
using Last = kiln::Linear<1000, 10>;
#endif
using First = kiln::Initialized<kiln::Conv<1, 8, 3>, kiln::He>;
using Net = kiln::Sequential<First, kiln::Pool<2>, kiln::Initialized<Last, kiln::Glorot>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;
int main() {
    static Digits model{kiln::Seed{42}};
    return kiln::argmax(model.predict({}));
}
