// SPDX-License-Identifier: BSL-1.0
// expects: loss_mismatch<CrossEntropy, expects<rank<1>>, got<Shape<1, 4, 4>>>
#include <kiln.hpp>

#include <iostream>
#ifdef REPAIRED
using Net = kiln::Sequential<kiln::Pool<2>, kiln::Flatten>;
#else
using Net = kiln::Sequential<kiln::Pool<2>>;
#endif
using Image = kiln::Shape<1, 8, 8>;
int main() {
    const kiln::data::Dataset<Image> images({}, {});
    const kiln::Model<Net, Image> model{kiln::Seed{42}};
    const auto result = kiln::evaluate(model, images);
    std::cout << result << result.accuracy << '\n';
}
