// SPDX-License-Identifier: BSL-1.0
// flags: -ffp-contract=off
#define BOOST_TEST_MODULE expressions.derived
#include <kiln/core/functions.hpp>
#include <kiln/expressions/derived.hpp>
#include <kiln/laws/check_stream.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/frozen.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/nets/stream_verdict.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "laws/loss.hpp"

#include <cstdint>
#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

struct Softsign {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) {
        for (int i = 0; i < x.count; ++i) y[i] = x[i] / (1 + math::abs(x[i]));
    }
};

/// A softsign that says how it treats frames.
struct FramewiseSoftsign : Softsign {
    using claims_of = FramewiseSoftsign;
    static constexpr bool framewise(Extents) { return true; }
};
/// The same, but what it inherits need not be true of it.
struct Heir : FramewiseSoftsign {};

/// Every operation of an element, with operands that are variables and constants.
struct Everything {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    template <class E, class In>
    static constexpr void forward(const Tensor<E, In>& x, auto& y, auto) {
        for (int i = 0; i < x.count; ++i) {
            const E a = x[i], b = x[(i + 1) % x.count];
            E sum = math::exp(a) + math::expm1(b) - math::log(a + 2) * math::log1p(a * a);
            sum += math::tanh(a) / (b + 2) - 3 / (a + 4) + (a - 1) - (1 - b);
            sum -= math::erf(a) * math::sqrt(b + 2) + math::sin(a) * math::cos(b);
            sum *= math::max(a, b) + math::min(a, 0.25) + math::abs(-a);
            sum /= math::fma(a, b, 3) + math::fma(a, 2, b) * math::fma(E(2), E(3), a);
            sum += math::pow(a + 2, b) + math::pow(a + 2, 1.5) + math::pow(a, 3);
            y[i] = sum + math::select(a > b, a * a, b) + math::select(a <= E(0.1), a, 2) +
                   math::select(a < b, E(1), b) + math::select(a >= b, a, b) + math::select(a == b, b, a) +
                   math::reduce(a);
        }
    }
};

template <int In, int Out>
struct DenseForward {
    static constexpr Fit shape(Extents in) { return {.out = Extents{Out}, .fits = in.count() == In}; }
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<Out, In>>, weight), (Tensor<S, Shape<Out>>, bias));
    };
    static constexpr void initialize(auto& parameters, auto& random) {
        for (auto& weight : parameters.weight) weight = random.uniform(-0.5f, 0.5f);
    }
    template <class E, class X>
    static constexpr void forward(const Tensor<E, X>& x, auto& y, auto at) {
        for (int o = 0; o < Out; ++o) {
            E sum = E(at.parameters.bias[o]);
            for (int i = 0; i < In; ++i) sum += E(at.parameters.weight(o, i)) * x[i];
            y[o] = math::tanh(sum);
        }
    }
};
/// An output that is constant, and one that is the input.
struct Odd {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    template <class E, class In>
    static constexpr void forward(const Tensor<E, In>& x, auto& y, auto) {
        y[0] = E(3);
        for (int i = 1; i < x.count; ++i) y[i] = x[i - 1] * x[x.count - 1];
        y[1] = x[1];
    }
};

using expressions::counts_of_layer, expressions::counts_of_loss;
static_assert(counts_of_layer<Softsign, Shape<5>>.operations == 15);
static_assert(counts_of_layer<DenseForward<3, 2>, Shape<3>>.operations == 2 * (3 + 3 + 1));
static_assert(sizeof(tape_t<Derived<Softsign>, float, Shape<4>>) == 12 * 16 + 4 * 3 * 4 + 4 * 4);
static_assert(std::is_same_v<decltype(verdict<Derived<DenseForward<3, 2>>, Shape<3>>()), shapes_fit>);
static_assert(
    std::is_same_v<decltype(verdict<Derived<Softsign, 14>, Shape<5>>()),
                   not_a_layer<Derived<Softsign, 14>, expects<operations_of_at_most<14>>, got<operations<15>>>>);
static_assert(MakesClaims<Derived<Softsign>> && !MakesClaims<Derived<Heir>>);

struct Branching {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) {
        for (int i = 0; i < x.count; ++i)
            if (x[i] > x[0])
                y[i] = x[i];
            else
                y[i] = x[0] * x[i];
    }
};
static_assert(
    std::is_same_v<decltype(verdict<Derived<Branching>, Shape<5>>()),
                   not_a_layer<Derived<Branching>, expects<select_in_the_place_of_a_branch>, got<operations<5>>>>);

struct Quantile : DerivedLoss<Quantile> {
    float share = 0.5f;
    constexpr Quantile() = default;
    constexpr explicit Quantile(float below) : share(below) {}
    constexpr SettingFault fault() const { return first_fault("Quantile", {from_0_to_1("share", share)}); }
    template <class E, class Out>
    constexpr E value(const Tensor<E, Out>& y, const Tensor<E, Out>& target) const {
        E loss(0);
        for (int i = 0; i < y.count; ++i) {
            const E lack = target[i] - y[i];
            loss += math::select(lack > E(0), E(share) * lack, E(share - 1) * lack);
        }
        return loss;
    }
};
static_assert(Loss<Quantile, Shape<3>> && judgement<Quantile, Shape<3>> == JudgedBy::loss);

using Trained = Model<Sequential<Derived<DenseForward<3, 4>>, Derived<Softsign>, Linear<4, 2>>, Shape<3>>;
constexpr Trained::Parameters trained(std::uint64_t seed) {
    Trained model;
    model.initialize(Seed{seed});
    Trainer<Trained, Quantile, SGD, Batch<2>> trainer{model, {.learning_rate = 0.1f}, Quantile{0.75f}};
    for (int step = 0; step < 3; ++step) trainer.step({{{1, 2, 3}, {3, 2, 1}}}, {{{1, 0}, {0, 1}}});
    return model.parameters();
}
constexpr auto constant = trained(1);

}  // namespace

BOOST_AUTO_TEST_CASE(derived_layers_obey_the_laws_of_gradients_and_lanes) {
    require_gradient_law<Derived<Softsign>, Shape<7>>();
    require_gradient_law<Derived<Everything>, Shape<5>>();
    require_gradient_law<Derived<DenseForward<4, 3>>, Shape<4>>();
    require_gradient_law<Derived<Odd>, Shape<4>>();
    require_gradient_law<Sequential<Linear<3, 4>, Frozen<Derived<DenseForward<4, 3>>>, Linear<3, 2>>, Shape<3>>();
    require_lanes_law<Derived<Softsign>, Shape<7>>();
    require_lanes_law<Derived<Everything>, Shape<5>>();
    require_lanes_law<Derived<DenseForward<4, 3>>, Shape<4>>();
    require_constant_law<Derived<Softsign>, Shape<7>>();
    require_constant_law<Derived<DenseForward<4, 3>>, Shape<4>>();
}

using OutputShapes = std::tuple<Shape<1>, Shape<3>, Shape<2, 5>>;
// Derived<L> has the forward of L, so that claims of L are true of it; a layer without claims has none either way.
BOOST_AUTO_TEST_CASE(a_derived_layer_streams_if_its_layer_is_framewise) {
    using Frames = Shape<12, 3>;
    BOOST_TEST((check_stream<Derived<FramewiseSoftsign>, Frames>()));
    BOOST_TEST((check_stream<Each<Derived<Softsign>>, Frames>()));
    BOOST_TEST((check_stream<Each<Derived<DenseForward<3, 2>>>, Frames>()));
    BOOST_TEST((check_stream<Frozen<Derived<FramewiseSoftsign>>, Frames>()));
    static_assert(!is_framewise<Derived<Softsign>>(Frames::extents) && !is_framewise<Derived<Heir>>(Frames::extents));
    static_assert(std::is_same_v<decltype(stream_verdict<Each<Derived<Heir>>, Frames>()), streamable>);
    require_layer_laws<Derived<FramewiseSoftsign>, Frames>();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(derived_losses_obey_the_laws_of_losses, Out, OutputShapes) {
    require_loss_laws<Out>(Quantile{}, draw_near<Out, Quantile>);
    require_loss_laws<Out>(Quantile{0.9f}, draw_near<Out, Quantile>);
    require_constant_loss<Out, Quantile>(draw_near<Out, Quantile>);
}

// Outputs too low by 1 and by 2, and too high by 4: 0.75 (1 + 2) + 0.25 4.
BOOST_AUTO_TEST_CASE(quantile_is_that_of_its_formula) {
    Tensor<float, Shape<3>> dy;
    BOOST_TEST((Quantile{0.75f}(Tensor<float, Shape<3>>{0, 0, 4}, Tensor<float, Shape<3>>{1, 2, 0}, 2.0f, dy) == 6.5f));
    BOOST_TEST((dy == Tensor<float, Shape<3>>{-1.5f, -1.5f, 0.5f}));
}

BOOST_AUTO_TEST_CASE(a_network_of_derived_layers_is_trained_in_a_constant_with_the_bits_of_run_time) {
    static volatile std::uint64_t seed = 1;
    const auto run = trained(seed);
    const auto found = tensors<const float>(run), expected = tensors<const float>(constant);
    for (std::size_t k = 0; k < found.size(); ++k)
        for (int i = 0; i < found[k].count; ++i) BOOST_TEST(found[k].data[i] == expected[k].data[i]);
}
