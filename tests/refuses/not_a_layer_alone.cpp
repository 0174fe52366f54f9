// SPDX-License-Identifier: BSL-1.0
// expects: not_a_layer<layer<>, Shape<10>, missing<member::shape>>
#include <kiln.hpp>

#include <iostream>
#ifdef REPAIRED
using Net = kiln::Flatten;
#else
using Net = kiln::Shape<10>;
#endif
using Model = kiln::Model<Net, kiln::Shape<4>>;
int main() {
    static Model model{kiln::Seed{42}};
    std::cout << kiln::summary<Model>() << model.predict({})[0];
}
