// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.contract
#include <kiln/core/contract.hpp>
#include <kiln/laws/check_gradients.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/optimizers/adagrad.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/optimizers/rmsprop.hpp>
#include <kiln/optimizers/schedule.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

/// A user's own layer with everything optional: y = gain x, counts its training passes, keeps x² and works in scratch.
struct Gain {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    template <class S, class In>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, In>, gain));
    };
    template <class S, class In>
    struct State {
        BOOST_HANA_DEFINE_STRUCT(State, (Tensor<S, Shape<1>>, passes));
    };
    template <class S, class In>
    using Observed = State<S, In>;
    static constexpr void settle(auto& state, const auto& observed, int) {
        state.passes.data[0] += observed.passes.data[0];
    }
    template <class E, class In>
    struct Tape {
        Tensor<E, In> product;
    };
    template <class E, class In, Wanted W>
    struct Scratch {
        Tensor<E, In> copy;
    };
    static constexpr void initialize(auto& parameters, auto& random) {
        for (auto& gain : parameters.gain) gain = 1 + random.uniform(-0.5f, 0.5f);
    }
    static constexpr long long multiply_adds(Extents in) { return in.count(); }
    static constexpr void forward(const auto& x, auto& y, auto at) {
        using E = std::remove_cvref_t<decltype(x.data[0])>;
        for (int i = 0; i < x.count; ++i) at.scratch.copy.data[i] = x.data[i];
        for (int i = 0; i < x.count; ++i) y.data[i] = at.scratch.copy.data[i] * E(at.parameters.gain.data[i]);
        if constexpr (!is_nothing<decltype(at.tape)>)
            for (int i = 0; i < x.count; ++i) at.tape.product.data[i] = y.data[i];
        if constexpr (!is_nothing<decltype(at.observed)>) at.observed.passes.data[0] += scalar_t<E>(1);
    }
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto at) {
        using E = std::remove_cvref_t<decltype(x.data[0])>;
        for (int i = 0; i < x.count; ++i) at.gradients.gain.data[i] += reduce(dy.data[i] * x.data[i]);
        if constexpr (!is_nothing<decltype(dx)>)
            for (int i = 0; i < x.count; ++i) dx.data[i] = dy.data[i] * E(at.parameters.gain.data[i]);
    }
};
/// The smallest layer: only the required members.
struct Identity {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) { y = x; }
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>) dx = dy;
    }
};
struct NoBackward {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr void forward(const auto&, auto&, auto) {}
};
/// forward would not compile if it were instantiated: concepts must not look into it.
struct Untouched : Identity {
    template <class X>
    static constexpr void forward(const X&, auto&, auto) {
        static_assert(std::is_void_v<X>, "looked into");
    }
};

static_assert(kiln::Layer<Gain, Shape<3>> && kiln::Layer<Identity, Shape<3>> && kiln::Layer<Untouched, Shape<3>>);
static_assert(!kiln::Layer<NoBackward, Shape<3>> && HasForward<NoBackward, Shape<3>> && !HasShape<int>);
static_assert(!Container<Gain, Shape<3>> && !Pointwise<Identity> && Pointwise<ReLU> && MaxPooling<Pool<2>>);

// A record that a layer does not have is Nothing.
static_assert(is_nothing<parameters_t<Identity, float, Shape<3>>> && is_nothing<state_t<Identity, float, Shape<3>>>);
static_assert(is_nothing<tape_t<Identity, float, Shape<3>>> && is_nothing<scratch_t<Identity, float, Shape<3>>>);
static_assert(multiply_adds<Identity, Shape<3, 4>>() == 0 && multiply_adds<Gain, Shape<3, 4>>() == 12);
static_assert(std::is_same_v<output_t<Gain, Shape<3, 4>>, Shape<3, 4>> &&
              std::is_void_v<fused_t<Gain, Shape<3>, ReLU>>);
static_assert(std::is_same_v<Targets<CrossEntropy, Shape<3>, Lanes<float, 8>>, std::array<int, 8>>);

// The place of a misfit, seen from further and further outside.
constexpr Fit inner{.out = {3}, .fits = false, .got = {5}};
constexpr Fit outer = inner.within(4).within(0).within(2);
static_assert(outer.depth == 3 && outer.position[0] == 2 && outer.position[1] == 0 && outer.position[2] == 4);
static_assert(outer.got == Extents{5} && outer.out == Extents{3} && !outer.fits);
constexpr Fit deep = [] {
    Fit fit = inner;
    for (int i = 0; i < 20; ++i) fit = fit.within(i);
    return fit;
}();
static_assert(deep.depth == Fit::max_depth && deep.position[0] == 19 && deep.position[7] == 12);

static_assert(Optimizer<SGD> && !Optimizer<int> && kiln::Loss<CrossEntropy, Shape<3>>);
static_assert(DataSet<data::Dataset<Shape<1, 2, 2>>> && !DataSet<std::vector<int>>);

using Net = Sequential<Gain, Linear<4, 6>, Gain, Tanh, Identity, Linear<6, 3>>;

}  // namespace

BOOST_AUTO_TEST_CASE(a_layer_of_the_users_obeys_the_laws_like_any_other) {
    BOOST_TEST((check_gradients<Net, Shape<1, 2, 2>>({.tolerance = 1e-12})));  // as in laws/gradient.cpp
}

BOOST_AUTO_TEST_CASE(a_layer_of_the_users_is_trained_like_any_other) {
    using In = Shape<1, 2, 2>;
    using M = Model<Net, In>;
    static_assert(M::parameter_count == 4 + 30 + 6 + 21 && M::multiply_adds == 4 + 24 + 6 + 18);
    M model{Seed{1}};
    Trainer<M, CrossEntropy, SGD, Batch<8>, Lanes<float, 4>> trainer{model, SGD{.learning_rate = 0.1f}};
    const auto images = striped_images<In>(64, 3, 2);
    const float before = trainer.fit(images).loss;
    BOOST_TEST(trainer.fit(images, {.epochs = 20}).loss < 0.8f * before);
    // State stays: two micro-batches a batch, 8 batches an epoch, 21 epochs.
    BOOST_TEST(hana::at_c<0>(model.state()).passes[0] == 2.0f * 8 * 21);
    model.predict(images.image(0));  // inference leaves it alone
    BOOST_TEST(hana::at_c<2>(model.state()).passes[0] == 2.0f * 8 * 21);
}
