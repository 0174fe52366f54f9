// SPDX-License-Identifier: BSL-1.0
// A user's layer and its law test, as examples/07_own_layer.cpp shows them, and the layer in a network.

#include <kiln.hpp>

#include <boost/hana/define_struct.hpp>

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

// ---- Its law test: backward against derivatives taken in forward mode ----

#include <kiln/laws/check_gradients.hpp>

#define BOOST_TEST_MODULE laws.own_layer
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_CASE(scale_obeys_the_gradient_law) {
    BOOST_TEST((kiln::check_gradients<Scale, kiln::Shape<3, 4, 5>>()));
}

// ---- In a network ----

using Image = kiln::Shape<1, 6, 6>;
using Net = kiln::Sequential<kiln::Conv<1, 2, 3>, Scale, kiln::ReLU, kiln::Linear<2 * 4 * 4, 3>>;
using Model = kiln::Model<Net, Image>;
static_assert(kiln::Layer<Scale, Image> && !Scale::shape(kiln::Extents{36}).fits);
static_assert(Model::parameter_count == 20 + 2 + 99);
static_assert(std::is_same_v<
              decltype(kiln::verdict<kiln::Sequential<kiln::Flatten, Scale>, Image>()),
              kiln::shape_mismatch<kiln::layer<1>, Scale, kiln::expects<kiln::rank<3>>, kiln::got<kiln::Shape<36>>>>);

constexpr float loss_after(int steps) {
    Model model;
    model.initialize(kiln::Seed{1});
    kiln::Trainer<Model, kiln::CrossEntropy, kiln::SGD, kiln::Batch<2>> trainer{model, {.learning_rate = 0.1f}};
    float loss = 0;
    for (int step = 0; step < steps; ++step) loss = trainer.step({{{1, 2, 3}, {3, 2, 1}}}, {{0, 2}});
    return loss;
}
static_assert(loss_after(3) < loss_after(1));
