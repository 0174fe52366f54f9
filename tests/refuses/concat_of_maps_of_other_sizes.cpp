// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<at<the_join>, Concat<>, expects<inputs_alike_but_for_the_first_size>
// expects: got<Shapes<Shape<4, 8, 8>, Shape<2, 6, 6>>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int padding = 1;
#else
constexpr int padding = 0;
#endif
using Net = kiln::Concat<kiln::Conv<1, 4, 1>, kiln::Conv<1, 2, 3, 1, padding>>;
using Maps = kiln::Model<Net, kiln::Shape<1, 8, 8>>;
int main() {
    static Maps model{kiln::Seed{42}};
    return model.predict({}).data[0] > 0;
}
