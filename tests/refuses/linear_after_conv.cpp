// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Linear<784, 10>, expects<elements<784>>, got<Shape<8, 26, 26>>, try_this<Linear<5408, 10>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Last = kiln::Linear<8 * 26 * 26, 10>;
#else
using Last = kiln::Linear<28 * 28, 10>;
#endif
using Digits = kiln::Model<kiln::Sequential<kiln::Conv<1, 8, 3>, Last>, kiln::Shape<1, 28, 28>>;
static_assert(std::is_same_v<Digits::Output, kiln::Shape<10>> && Digits::inference_bytes > 0);
int main() {
    static Digits model{kiln::Seed{1}};
    kiln::Tensor<float, Digits::Input> images[3] = {};
    kiln::Tensor<float, Digits::Output> logits[3];
    model.predict(images, logits);
}
