// SPDX-License-Identifier: BSL-1.0
// expects: evaluate needs samples of the model's input shape, got another shape; try a Model of the samples' shape
#include <kiln.hpp>
#ifdef REPAIRED
using Image = kiln::Shape<1, 28, 28>;
#else
using Image = kiln::Shape<784>;
#endif
using Digits = kiln::Model<kiln::Sequential<kiln::Linear<784, 10>>, kiln::Shape<1, 28, 28>>;
int main() {
    static Digits model{kiln::Seed{42}};
    const kiln::data::Dataset<Image> images({}, {});
    return kiln::evaluate(model, images).accuracy < 1;
}
