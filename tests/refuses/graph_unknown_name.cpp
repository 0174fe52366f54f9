// SPDX-License-Identifier: BSL-1.0
// expects: graph_mismatch<node<
// expects: "answer"
// expects: unknown_name<
// expects: "imag"
#include <kiln.hpp>
#ifdef REPAIRED
using Answer = kiln::Node<"answer", kiln::Linear<4, 3>, "image">;
#else
using Answer = kiln::Node<"answer", kiln::Linear<4, 3>, "imag">;
#endif
using Net = kiln::Graph<kiln::Input<"image">, Answer, kiln::Output<"answer">>;
using M = kiln::Model<Net, kiln::Shape<4>>;
int main() {
    static M model{kiln::Seed{42}};
    static kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
