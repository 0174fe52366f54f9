// SPDX-License-Identifier: BSL-1.0
// expects: predict(x) needs scratch that fits into the stack bytes of the plan, got a network with more
// expects: try predict(x, scratch)
#include <kiln.hpp>
using Net = kiln::Sequential<kiln::Conv<1, 16, 3>, kiln::ReLU, kiln::Linear<16 * 254 * 254, 2>>;
using Big = kiln::Model<Net, kiln::Shape<1, 256, 256>>;
static_assert(Big::inference_bytes > kiln::Plan<>::stack_bytes);
int main() {
    static Big model{kiln::Seed{42}};
    static kiln::Tensor<float, Big::Input> image{};
#ifdef REPAIRED
    static Big::Scratch<float> scratch;
    return kiln::argmax(model.predict(image, scratch));
#else
    return kiln::argmax(model.predict(image));
#endif
}
