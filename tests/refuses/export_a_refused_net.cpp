// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Linear<700, 10>, expects<elements<700>>, got<Shape<1, 28, 28>>, try_this<Linear<784, 10>>>
#include <kiln.hpp>

#ifdef REPAIRED
using Net = kiln::Sequential<kiln::Linear<784, 10>>;
#else
using Net = kiln::Sequential<kiln::Linear<700, 10>>;
#endif
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;
int main() {
    static const Digits model;
    kiln::io::export_header(model, "digits.hpp", {.name = "digits", .type = "Digits"}).or_throw();
}
