// SPDX-License-Identifier: BSL-1.0
// expects: squash
#include <kiln.hpp>
struct Squash {
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) {
#ifdef REPAIRED
        for (int i = 0; i < x.count; ++i) y[i] = kiln::math::tanh(x[i]);
#else
        for (int i = 0; i < x.count; ++i) y[i] = kiln::math::squash(x[i]);
#endif
    }
    static constexpr void backward(const auto&, const auto&, const auto&, auto& dx, auto) { dx = {}; }
};
kiln::Model<kiln::Sequential<kiln::Linear<4, 8>, Squash>, kiln::Shape<4>> model;
kiln::Trainer<decltype(model), kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{model, {}};
int main() { return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({})); }
