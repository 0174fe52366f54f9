// SPDX-License-Identifier: BSL-1.0
// A layer of your own is an empty type with a shape rule, forward and backward. Training, counting, names and messages
// follow from it; no list of layers has to be edited. kiln/core/contract/layer.hpp has all members that a layer may have.

#include <kiln.hpp>
#include <kiln/laws/check_gradients.hpp>

#include <boost/hana/define_struct.hpp>

#include <iostream>

/// y = gain x, with one learned gain for each channel of a map.
struct Scale {
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in, .fits = in.rank == 3}; }
    template <class>
    using needs = kiln::rank<3>;

    template <class S, class In>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (kiln::Tensor<S, kiln::Shape<In::extents[0]>>, gain));
    };
    static constexpr void initialize(auto& parameters, auto&) {
        for (auto& gain : parameters.gain) gain = 1;
    }

    template <class E, int C, int H, int W>
    static constexpr void forward(const kiln::Tensor<E, kiln::Shape<C, H, W>>& x, auto& y, auto at) {
        const auto& [gain] = at.parameters;
        for (int i = 0; i < x.count; ++i) y[i] = E(gain[i / (H * W)]) * x[i];
    }
    template <class E, int C, int H, int W>
    static constexpr void backward(const kiln::Tensor<E, kiln::Shape<C, H, W>>& x, const auto&, const auto& dy,
                                   auto& dx, auto at) {
        const auto& [gain] = at.parameters;
        auto& [gain_gradient] = at.gradients;
        for (int c = 0; c < C; ++c) {
            E sum = 0;
            for (int i = c * H * W; i < (c + 1) * H * W; ++i) {
                sum += dy[i] * x[i];
                if constexpr (!kiln::is_nothing<decltype(dx)>) dx[i] = E(gain[c]) * dy[i];
            }
            gain_gradient[c] += kiln::math::reduce(sum);  // over the samples in the lanes of an element
        }
    }
};

using Net = kiln::Sequential<kiln::Conv<1, 2, 3>, Scale, kiln::ReLU, kiln::Linear<2 * 4 * 4, 3>>;
using Model = kiln::Model<Net, kiln::Shape<1, 6, 6>>;
static_assert(Model::parameter_count == 20 + 2 + 99);

int main() {
    std::cout << kiln::summary<Model>() << '\n';

    // The layer's test: backward is compared with derivatives that forward alone has, over dual numbers. One line in
    // whatever test framework; printed, it says which tensor is wrong.
    const auto check = kiln::check_gradients<Scale, kiln::Shape<3, 4, 5>>();
    std::cout << check << '\n';
    return check ? 0 : 1;
}
