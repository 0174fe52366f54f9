// SPDX-License-Identifier: BSL-1.0
// expects: not_a_layer<layer<0, 1>, Identity, missing<member::backward>,
// expects: try_one_of<way::Activation, way::express, way::backward>>
#include <kiln.hpp>
struct Identity {
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in}; }
    static void forward(const auto& x, auto& y, auto) { y = x; }
#ifdef REPAIRED
    static void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) { dx = dy; }
#endif
};
using Net = kiln::Sequential<kiln::Sequential<kiln::Linear<4, 8>, Identity>, kiln::Linear<8, 2>>;
using Model = kiln::Model<Net, kiln::Shape<4>>;
int main() {
    static Model model{kiln::Seed{42}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
