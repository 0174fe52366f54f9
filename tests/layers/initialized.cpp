// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.initialized
#include <kiln/core/verdict.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/initialized.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <cmath>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

using Image = Shape<1, 10, 10>;
using Plain = Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<128, 10>>;
using Apart = Sequential<Initialized<Conv<1, 8, 3>, He>, ReLU, Pool<2>, Initialized<Linear<128, 10>, Orthogonal>>;
using All = Initialized<Plain, GlorotNormal>;

// Except for its start it is the layer: shape, record, fusion.
static_assert(std::is_empty_v<Initialized<Linear<3, 2>, He>> && Layer<Initialized<Linear<3, 2>, He>, Shape<3>>);
static_assert(Initialized<Linear<3, 2>, He>::shape({3}).out == Extents{2});
static_assert(std::is_same_v<parameters_t<Apart, float, Image>, parameters_t<Plain, float, Image>> &&
              std::is_same_v<parameters_t<All, float, Image>, parameters_t<Plain, float, Image>>);
static_assert(Apart::stage_count<Image> == 2 && All::stage_count<Image> == 2);
static_assert(Container<All, Image> && Pointwise<Initialized<ReLU, He>> && MaxPooling<Initialized<Pool<2>, He>>);
static_assert(std::is_same_v<
              decltype(verdict<Initialized<Sequential<Tanh, Linear<4, 2>>, He>, Shape<5>>()),
              shape_mismatch<layer<1>, Linear<4, 2>, expects<elements<4>>, got<Shape<5>>, try_this<Linear<5, 2>>>>);
using Unbiased = Linear<4, 2, Bias::none>;
static_assert(std::is_same_v<decltype(verdict<Initialized<Unbiased, He>, Shape<5>>()),
                             shape_mismatch<layer<>, Initialized<Unbiased, He>, expects<elements<4>>, got<Shape<5>>,
                                            try_this<Initialized<Linear<5, 2, Bias::none>, He>>>>);
static_assert(std::is_same_v<decltype(verdict<Initialized<Linear<4, 0>, He>, Shape<5>>()),
                             shape_mismatch<layer<>, Initialized<Linear<4, 0>, He>, expects<positive_arguments>,
                                            got<Shape<5>>>>);  // nothing to try
static_assert(std::is_same_v<decltype(verdict<Initialized<int, He>, Shape<5>>()),
                             not_a_layer<layer<>, Initialized<int, He>, missing<member::shape>>>);

/// A user's layer with a gain, and a scheme of a user's own.
struct Gain {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    template <class S, class In>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, In>, gain), (Tensor<S, In>, bias_of_all));
    };
    static constexpr void initialize(auto& parameters, auto&) {
        for (auto& gain : parameters.gain) gain = 1;
        for (auto& bias : parameters.bias_of_all) bias = 2;
    }
    static constexpr void forward(const auto& x, auto& y, auto) { y = x; }
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) { dx = dy; }
};
struct Ones {
    template <class S, class Dims>
    static constexpr void draw(Tensor<S, Dims>& weight, auto&) {
        for (S& value : weight) value = 1;
    }
};

double variance(const auto& weight) {
    double squares = 0;
    for (const float value : weight) squares += double(value) * double(value);
    return squares / weight.size();
}
bool zero(const auto& bias) { return bias == std::remove_cvref_t<decltype(bias)>{}; }

}  // namespace

BOOST_AUTO_TEST_CASE(initialized_layers_obey_the_laws_of_layers) {
    require_layer_laws<Initialized<Linear<5, 3>, He>, Shape<5>>();
    require_layer_laws<Initialized<Conv<2, 3, 3, 1, 1>, Glorot>, Shape<2, 4, 5>>();
    require_gradient_law<Apart, Image>();
    require_gradient_law<All, Image>();
}

BOOST_AUTO_TEST_CASE(initialized_weights_are_drawn_by_the_scheme_and_biases_zero) {
    const Model<Apart, Image> each{Seed{1}};
    const auto& conv = hana::at_c<0>(each.parameters());
    const auto& linear = hana::at_c<3>(each.parameters());
    BOOST_TEST(std::abs(variance(conv.weight) / (2.0 / 9) - 1) < 4 * std::sqrt(2.0 / 72));  // of 72 normal numbers
    BOOST_TEST(std::abs(variance(linear.weight) - 1.0 / 128) < 1e-6);                       // rows of length 1
    BOOST_TEST((zero(conv.bias) && zero(linear.bias)));

    const Model<All, Image> all{Seed{1}};
    const auto& weight = hana::at_c<3>(all.parameters()).weight;
    BOOST_TEST(std::abs(variance(weight) / (2.0 / 138) - 1) < 4 * std::sqrt(2.0 / 1280));
    BOOST_TEST(zero(hana::at_c<0>(all.parameters()).bias));
    BOOST_TEST((weight != hana::at_c<3>(Model<All, Image>{Seed{2}}.parameters()).weight));
    BOOST_TEST((weight == hana::at_c<3>(Model<All, Image>{Seed{1}}.parameters()).weight));
}

BOOST_AUTO_TEST_CASE(pytorch_default_is_what_layers_do_anyway) {
    const Model<Plain, Image> plain{Seed{3}};
    const Model<Initialized<Plain, PyTorchDefault>, Image> same{Seed{3}};
    BOOST_TEST((hana::at_c<0>(plain.parameters()).bias == hana::at_c<0>(same.parameters()).bias));
    BOOST_TEST((hana::at_c<3>(plain.parameters()).weight == hana::at_c<3>(same.parameters()).weight));
}

BOOST_AUTO_TEST_CASE(gains_stay_and_biases_are_known_by_their_names) {
    using Net = Initialized<Sequential<Gain, Linear<4, 2>>, Ones>;
    Model<Net, Shape<4>> model;
    model.initialize(Seed{1});
    BOOST_TEST((hana::at_c<0>(model.parameters()).gain == Tensor<float, Shape<4>>{1, 1, 1, 1}));
    BOOST_TEST(zero(hana::at_c<0>(model.parameters()).bias_of_all));
    BOOST_TEST((hana::at_c<1>(model.parameters()).weight == Tensor<float, Shape<2, 4>>{1, 1, 1, 1, 1, 1, 1, 1}));
    BOOST_TEST((model.predict({1, 2, 3, 4}) == Tensor<float, Shape<2>>{10, 10}));
}

BOOST_AUTO_TEST_CASE(graphs_and_branches_are_drawn_by_the_scheme) {
    using Net =
        Initialized<Graph<Input<"x">, Node<"wide", Linear<2, 3>, "x">, Node<"block", Residual<Linear<3, 3>>, "wide">,
                          Node<"again", Shared<"block">, "block">, Node<"y", Linear<3, 1>, "again">, Output<"y">>,
                    Ones>;
    const Model<Net, Shape<2>> model{Seed{1}};
    BOOST_TEST(model.predict({1, 2})[0] == 3 * 3 * 4 * 4);  // 3 in each of three, four times that after each block
}

BOOST_AUTO_TEST_CASE(initialized_networks_start_in_constant_expressions) {
    constexpr auto start = [] {
        Model<Initialized<Linear<3, 2>, He>, Shape<3>> model;
        model.initialize(Seed{1});
        return model.parameters();
    };
    static_assert(start().bias[0] == 0 && start().weight[0] != 0);
}
