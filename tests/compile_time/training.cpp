// SPDX-License-Identifier: BSL-1.0
// A network that is trained while this file is compiled. The compiler's default limits suffice: about a million steps
// of constant evaluation on clang, of which these 40 training steps use more than half.

#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <array>

using namespace kiln;

namespace {

using Xor = Model<Sequential<Linear<2, 4>, Tanh, Linear<4, 2>>, Shape<2>>;
constexpr std::array<Tensor<float, Shape<2>>, 4> questions{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
constexpr std::array<int, 4> answers{0, 1, 1, 0};

struct Run {
    Xor model;
    float first_loss = 0, last_loss = 0;
};

template <class E>
constexpr Run train(int steps) {
    Run run;
    run.model.initialize(Seed{1});
    Trainer<Xor, CrossEntropy, SGD, Batch<4>, E> trainer{run.model, SGD{.learning_rate = 1, .momentum = 0.9f}};
    run.first_loss = trainer.step(questions, answers);
    for (int step = 1; step < steps; ++step) run.last_loss = trainer.step(questions, answers);
    return run;
}

/// The least margin by which a right answer wins.
constexpr float margin(const Xor& model) {
    float least = 1e9f;
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const auto logits = model.predict(questions[i]);
        const float margin = logits[answers[i]] - logits[1 - answers[i]];
        if (margin < least) least = margin;
    }
    return least;
}

constexpr Run one_by_one = train<float>(40);
static_assert(one_by_one.first_loss > 0.5f && one_by_one.first_loss < 0.9f);  // about log 2: it guesses
static_assert(one_by_one.last_loss < 0.01f);
static_assert(margin(one_by_one.model) > 4);  // every right answer has a probability above 98 %

constexpr Run four_at_once = train<Lanes<float, 4>>(40);
static_assert(margin(four_at_once.model) > 4);
static_assert(four_at_once.last_loss - one_by_one.last_loss < 1e-4f);

// What was learned is a constant like any other.
static_assert(argmax(one_by_one.model.predict({0, 1})) == 1 && argmax(one_by_one.model.predict({1, 1})) == 0);

// An invalid label changes nothing.
constexpr bool refuses_label_2() {
    Xor model;
    model.initialize(Seed{1});
    const float before = model.predict({1, 0})[0];
    Trainer<Xor, CrossEntropy, SGD, Batch<4>> trainer{model, SGD{}};
    const float loss = trainer.step({{{1, 0}}}, {{2}});
    return loss != loss && model.predict({1, 0})[0] == before && trainer.steps() == 0;
}
static_assert(refuses_label_2());

}  // namespace
