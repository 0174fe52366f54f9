// SPDX-License-Identifier: BSL-1.0
// expects: predict for many samples needs memory for a sample within the stack bytes of the model's plan
// expects: try Model<Net, In, Plan<BYTES>>
#include <kiln.hpp>
using Net = kiln::Sequential<kiln::Conv<1, 16, 3>, kiln::Tanh>;
#ifdef REPAIRED
using Big = kiln::Model<Net, kiln::Shape<1, 256, 256>, kiln::Plan<16 << 20>>;
#else
using Big = kiln::Model<Net, kiln::Shape<1, 256, 256>>;
#endif
int main() {
    static Big model{kiln::Seed{42}};
    static kiln::Tensor<float, Big::Input> images[2]{};
    static kiln::Tensor<float, Big::Output> outputs[2]{};
    kiln::Threads<1> alone;
    model.predict(images, outputs, alone);
}
