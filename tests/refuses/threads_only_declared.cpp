// SPDX-License-Identifier: BSL-1.0
// expects: Trainer needs Threads that are defined, got their declaration; try #include <kiln/train/threads.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/step.hpp>
#ifdef REPAIRED
#include <kiln/train/threads.hpp>
#endif
using Model = kiln::Model<kiln::Sequential<kiln::Linear<4, 2>>, kiln::Shape<4>>;
int main() {
    static Model model{kiln::Seed{42}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>, kiln::Threads<2>> trainer{model, {}};
    return trainer.step({}, {}) > 0;
}
