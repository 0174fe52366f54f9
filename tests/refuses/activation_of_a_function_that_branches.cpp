// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Activation<Leaky>, expects<select_in_the_place_of_a_branch>, got<Shape<8>>>
#include <kiln.hpp>
struct Leaky {
#ifdef REPAIRED
    constexpr auto operator()(const auto& x) const { return kiln::math::select(x > 0, x, x * 0.1f); }
#else
    constexpr auto operator()(const auto& x) const { return x > 0 ? x : x * 0.1f; }
#endif
};
using Net = kiln::Sequential<kiln::Linear<4, 8>, kiln::Activation<Leaky>, kiln::Linear<8, 2>>;
using Model = kiln::Model<Net, kiln::Shape<4>>;
int main() {
    static Model model{kiln::Seed{42}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
