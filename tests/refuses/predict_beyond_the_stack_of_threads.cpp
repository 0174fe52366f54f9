// SPDX-License-Identifier: BSL-1.0
// expects: predict on Threads needs workers with the stack that the model's plan counts on
// expects: try a smaller Plan, or predict without threads
#include <kiln.hpp>
using Net = kiln::Sequential<kiln::Conv<1, 16, 3>, kiln::Tanh>;
#ifdef REPAIRED
using Big = kiln::Model<Net, kiln::Shape<1, 32, 32>, kiln::Plan<1 << 19>>;
#else
using Big = kiln::Model<Net, kiln::Shape<1, 32, 32>, kiln::Plan<16 << 20>>;
#endif
int main() {
    static Big model{kiln::Seed{42}};
    static kiln::Tensor<float, Big::Input> images[2]{};
    static kiln::Tensor<float, Big::Output> outputs[2]{};
    kiln::Threads<2> threads;
    model.predict(images, outputs, threads);
}
