// SPDX-License-Identifier: BSL-1.0
// A network that is trained while this file is compiled, by the layers, loss and optimizers that run otherwise. The
// compilers' default limits suffice. One such training takes 0.4 s and 47 MiB with g++ 12, 0.5 to 0.7 s and 4 MiB with
// clang 16 and 19.

#include "train/xor_training.hpp"

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr bool untrained_knows_xor = [] {
    Xor model;
    model.initialize(Seed{xor_seed});
    return knows_xor(model);
}();
static_assert(!untrained_knows_xor);

constexpr XorTraining one_by_one = train_xor_by_sgd<float>(xor_seed);
static_assert(knows_xor(one_by_one.model));
static_assert(one_by_one.first_loss > 0.5f && one_by_one.first_loss < 0.9f);  // about log 2: it guesses
static_assert(one_by_one.last_loss < 0.01f);
static_assert(margin(one_by_one.model) > 4);  // every right answer has a probability above 98 %

constexpr XorTraining four_at_once = train_xor_by_sgd<Lanes<float, 4>>(xor_seed);
static_assert(knows_xor(four_at_once.model) && margin(four_at_once.model) > 4);
static_assert(four_at_once.last_loss - one_by_one.last_loss < 1e-4f);

constexpr XorTraining by_adam = train_xor_by_adam<float>(xor_seed);
static_assert(knows_xor(by_adam.model) && margin(by_adam.model) > 4 && by_adam.last_loss < 0.01f);
static_assert(knows_xor(train_xor_by_adam<Lanes<float, 4>>(xor_seed).model));

// The trained model is a constant like any other.
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
