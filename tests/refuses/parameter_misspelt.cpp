// SPDX-License-Identifier: BSL-1.0
// expects: wieght
#include <kiln.hpp>
struct Gain {
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in}; }
    template <class S, class In>
    struct Parameters { BOOST_HANA_DEFINE_STRUCT(Parameters, (kiln::Tensor<S, In>, weight)); };
    static constexpr void forward(const auto& x, auto& y, auto at) {
        const auto& [weight] = at.parameters;
#ifndef REPAIRED
        y[0] = x[0] * wieght[0];
#endif
        for (int i = 1; i < x.count; ++i) y[i] = x[i] * weight[i];
    }
    static constexpr void backward(const auto&, const auto&, const auto&, auto& dx, auto) { dx = {}; }
};
kiln::Model<kiln::Sequential<kiln::Linear<4, 8>, Gain>, kiln::Shape<4>> net;
kiln::Trainer<decltype(net), kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{net, {}};
int main() { return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(net.predict({})); }
