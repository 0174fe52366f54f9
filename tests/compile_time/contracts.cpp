// SPDX-License-Identifier: BSL-1.0
// The concepts of core/contract.hpp, on our types, on types that a user may write, and on types that miss by a little.

#include <kiln.hpp>

#include <array>
#include <cstdint>

using namespace kiln;

namespace {

// ---- Layers and containers ----

using Image = Shape<1, 8, 8>;
static_assert(Layer<Linear<64, 2>, Image> && Layer<Conv<1, 2, 3>, Image> && Layer<Conv<1, 2, 3, 2, 1>, Image>);
static_assert(Layer<ReLU, Image> && Layer<Tanh, Image> && Layer<Pool<2>, Image> && Layer<Flatten, Image>);
static_assert(Layer<Sequential<ReLU, Linear<64, 2>>, Image>);
static_assert(Container<Sequential<ReLU>, Image> && !Container<ReLU, Image>);
static_assert(!Layer<int, Image> && !HasShape<Image>);
static_assert(sizeof(Linear<64, 2>) == 1 && sizeof(Sequential<ReLU, Conv<1, 2, 3>>) == 1);  // layers are empty types

struct Doubled {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) {
        for (int i = 0; i < x.count; ++i) y[i] = x[i] + x[i];
    }
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>)
            for (int i = 0; i < dy.count; ++i) dx[i] = dy[i] + dy[i];
    }
};
static_assert(Layer<Doubled, Image> && Layer<Doubled, Shape<3>>);
using Four = Model<Sequential<Doubled, Sequential<Doubled>>, Shape<3>>;
static_assert(Four::parameter_count == 0 && Four{}.predict({1, 2, 3}) == Tensor<float, Shape<3>>{4, 8, 12});

struct NeverBackward : Doubled {
    static constexpr void backward(const auto&) {}
};
static_assert(HasForward<NeverBackward, Image> && !HasBackward<NeverBackward, Image> && !Layer<NeverBackward, Image>);

// A layer may overwrite dy, which is its own, and may declare that by the type. So the contract is checked with a dy
// that can be overwritten.
struct InPlace : Doubled {
    template <class E, class S>
    static constexpr void backward(const Tensor<E, S>&, const Tensor<E, S>&, Tensor<E, S>& dy, auto& dx, auto) {
        for (int i = 0; i < dy.count; ++i) dy[i] += dy[i];
        if constexpr (!is_nothing<decltype(dx)>) dx = dy;
    }
};
static_assert(Layer<InPlace, Image> && Layer<Sequential<InPlace, Sequential<InPlace>>, Image>);
constexpr float loss_after(int steps) {
    using M = Model<Sequential<Linear<3, 2>, InPlace, Sequential<InPlace>>, Shape<3>>;
    M model;
    model.initialize(Seed{1});
    Trainer<M, CrossEntropy, SGD, Batch<2>> trainer{model, {.learning_rate = 0.1f}};
    float loss = 0;
    for (int step = 0; step < steps; ++step) loss = trainer.step({{{1, 2, 3}, {3, 2, 1}}}, {{0, 1}});
    return loss;
}
static_assert(loss_after(4) < loss_after(1));

// ---- Losses ----

static_assert(Loss<CrossEntropy, Shape<10>>);
struct Distance {  // half the square of the distance to a target
    template <class>
    using Target = float;
    static constexpr Fit fits(Extents output) { return {.out = output, .fits = output == Extents{1}}; }
    static constexpr bool valid(float target, Extents) { return target == target; }
    template <class E>
    constexpr E operator()(const Tensor<E, Shape<1>>& y, const Targets<Distance, Shape<1>, E>& targets, E weight,
                           Tensor<E, Shape<1>>& dy) const {
        E target(0.0f);
        for (int l = 0; l < width<E>; ++l) set_lane(target, l, targets[static_cast<std::size_t>(l)]);
        const E distance = y[0] - target;
        dy[0] = weight * distance;
        return E(scalar_t<E>(0.5)) * distance * dy[0];
    }
};
static_assert(Loss<Distance, Shape<1>> && !Loss<SGD, Shape<1>> && !Loss<int, Shape<1>>);

// ---- Optimizers ----

static_assert(Optimizer<SGD> && !Optimizer<CrossEntropy> && !Optimizer<int>);
struct SignDescent {
    float learning_rate = 0.1f;
    static constexpr int moments = 0;
    struct Rule {
        float learning_rate;
        template <class E>
        constexpr void operator()(E& w, E g) const {
            const E zero(scalar_t<E>(0)), step{scalar_t<E>(learning_rate)};
            w -= select(g > zero, step, select(zero > g, -step, zero));
        }
    };
    constexpr Rule at(long long) const { return {learning_rate}; }
};
static_assert(Optimizer<SignDescent>);

// A user's loss and optimizer train one of our layers: y = 2 x + 1 from two points.
constexpr float learned(float x) {
    Model<Linear<1, 1>, Shape<1>> model;
    Trainer<Model<Linear<1, 1>, Shape<1>>, Distance, SignDescent, Batch<2>> trainer{model, SignDescent{}};
    const std::array<Tensor<float, Shape<1>>, 2> inputs{{{0}, {1}}};
    const std::array<float, 2> targets{1, 3};
    for (int step = 0; step < 40; ++step) {
        trainer.optimizer().learning_rate = step < 20 ? 0.1f : 0.01f;
        trainer.step(inputs, targets);
    }
    return model.predict({x})[0];
}
static_assert(learned(0) > 0.9f && learned(0) < 1.1f && learned(2) > 4.8f && learned(2) < 5.2f);

// ---- Data sets ----

static_assert(DataSet<data::Dataset<Image>> && !DataSet<std::array<Image, 3>> && !DataSet<int>);
struct Corners {  // no memory at all: samples are made when asked for
    using Input = Shape<2>;
    static constexpr std::array<Tensor<float, Input>, 4> points{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
    static constexpr int size() { return 4; }
    static constexpr float scale() { return 1; }
    static constexpr const Tensor<float, Input>& sample(int i) { return points[static_cast<std::size_t>(i)]; }
    static constexpr int target(int i) { return i / 2; }
};
static_assert(DataSet<Corners>);
constexpr auto judged = [] {
    Model<Linear<2, 2>, Shape<2>> model;
    model.parameters().weight = {-1, 0, 1, 0};  // the first coordinate decides
    model.parameters().bias = {0.5f, -0.5f};
    return evaluate(model, Corners{});
}();
static_assert(judged.accuracy == 1 && judged.samples == 4 && judged.loss > 0 && judged.loss < 0.4f);
static_assert(judgement<Distance, Shape<1>> == JudgedBy::loss &&
              judgement<CrossEntropy, Shape<2>> == JudgedBy::classes);
static_assert(judged.confusion(0, 0) == 2 && judged.confusion(1, 1) == 2 && judged.confusion(0, 1) == 0);

struct Sums {  // targets that are tensors
    using Input = Shape<2>;
    static constexpr std::array<Tensor<float, Shape<1>>, 4> sums{{{0}, {1}, {1}, {0}}};
    static constexpr int size() { return 4; }
    static constexpr float scale() { return 1; }
    static constexpr const Tensor<float, Input>& sample(int i) { return Corners::sample(i); }
    static constexpr const Tensor<float, Shape<1>>& target(int i) { return sums[static_cast<std::size_t>(i)]; }
};
template <class Loss>
constexpr auto judged_by_loss = [] {
    Model<Linear<2, 1>, Shape<2>> model;
    model.parameters().weight = {1, 1};
    model.parameters().bias = {-0.5f};
    return evaluate(model, Sums{}, Loss{});
}();
static_assert(judged_by_loss<BinaryCrossEntropy>.accuracy == 0.75f);
static_assert(judged_by_loss<BinaryCrossEntropy>.confusion(0, 1) == 1);
static_assert(judged_by_loss<MeanSquaredError>.mean_absolute_error == 0.75f);  // 0.5, 0.5, 0.5, 1.5
static_assert(judged_by_loss<MeanSquaredError>.root_mean_square_error > 0.866f);
static_assert(judged_by_loss<KLDivergence>.accuracy == 1);

}  // namespace
