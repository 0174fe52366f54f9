// SPDX-License-Identifier: BSL-1.0
// expects: a Loader of samples of several inputs needs an augmentation that says which of them it changes, got another
// expects: try of_input<0>(Shift{.pixels = 1})
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
const auto noise = data::of_input<1>(data::Noise{});
#else
const auto noise = data::Noise{};
#endif
int main() {
    const data::Dataset<Shapes<Shape<1, 4, 4>, Shape<3>>, float> pairs({}, {});
    return data::Loader(pairs, {}, noise).size();
}
