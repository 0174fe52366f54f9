// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Activation<Cube>, expects<a_constexpr_function_of_any_element>, got<Shape<8>>>
#include <kiln.hpp>
struct Cube {
    template <class E>
#ifdef REPAIRED
    constexpr
#endif
        E operator()(const E& x) const {
        return x * x * x;
    }
};
using Net = kiln::Sequential<kiln::Linear<4, 8>, kiln::Activation<Cube>, kiln::Linear<8, 2>>;
using Model = kiln::Model<Net, kiln::Shape<4>>;
int main() {
    static Model model{kiln::Seed{42}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}
