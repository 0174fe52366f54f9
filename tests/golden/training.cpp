// SPDX-License-Identifier: BSL-1.0
// Whole training runs against PyTorch, loss by loss: fifty steps on the first 3,200 images of MNIST.
#define BOOST_TEST_MODULE golden.training
#include <kiln/data/idx.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/values.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

using namespace kiln;
using namespace kiln::golden;

namespace {

Values& values() {
    static Values file("tests/golden/values/training.txt");
    return file;
}

constexpr int steps = 50, batch = 64;

using Digits = Model<
    Sequential<Conv<1, 10, 5>, Pool<2>, ReLU, Conv<10, 20, 5>, Pool<2>, ReLU, Linear<320, 120>, ReLU, Linear<120, 10>>,
    Shape<1, 28, 28>>;

/// PyTorch's usual bounds, uniform; tensor k is what is drawn for "training/k".
void draw_parameters(Digits& model) {
    int fan_in = 1, k = 0;
    for (const Slice<float>& slice : tensors<float>(model.parameters())) {
        if (slice.extents.rank > 1) fan_in = slice.count / slice.extents[0];  // a bias has that of its weight
        const auto bound = static_cast<float>(1 / std::sqrt(static_cast<double>(fan_in)));
        const auto numbers = draw("training/" + std::to_string(k++), slice.count, -bound, bound);
        std::copy(numbers.begin(), numbers.end(), slice.begin());
    }
}

/// The loss of each step.
template <class O, class... Options>
std::vector<double> train(const O& optimizer) {
    static const auto digits = data::load_idx<Digits::Input>("examples/mnist/data/train-images-idx3-ubyte.gz",
                                                             "examples/mnist/data/train-labels-idx1-ubyte.gz");
    auto model = std::make_unique<Digits>();
    draw_parameters(*model);
    using Trained = Trainer<Digits, CrossEntropy, O, Batch<batch>, Options...>;
    auto trainer = std::make_unique<Trained>(*model, optimizer);
    std::vector<double> losses;
    for (int step = 0; step < steps; ++step) {
        std::vector<Tensor<std::uint8_t, Digits::Input>> images;
        std::vector<int> targets;
        for (int i = step * batch; i < (step + 1) * batch; ++i) {
            images.push_back(digits.sample(i));
            targets.push_back(digits.target(i));
        }
        losses.push_back(static_cast<double>(trainer->step(std::span<const Tensor<std::uint8_t, Digits::Input>>(images),
                                                           std::span<const int>(targets), digits.scale())));
    }
    return losses;
}

/// The largest difference of two losses of the same step, relative to the second.
double largest_difference(const std::vector<double>& losses, const std::vector<double>& expected) {
    std::vector<double> quotients;
    for (std::size_t i = 0; i < losses.size(); ++i) quotients.push_back(losses[i] / expected[i]);
    return distance(quotients, std::vector<double>(losses.size(), 1.0));
}

/// Requires fifty losses to be PyTorch's, those in single precision and those in double, by two elements: the trainer's
/// choice, and single floats. The line also tells how far PyTorch's two runs are apart, which no library can be blamed
/// for.
template <class O>
void require_golden_training(const std::string& name, const O& optimizer, double tolerance) {
    const auto& in_float = values().get(name + "/float", {steps});
    const auto& in_double = values().get(name + "/double", {steps});
    const auto lanes = train<O>(optimizer), one_by_one = train<O, float>(optimizer);
    const auto worst = [&](const std::vector<double>& expected) {
        return std::max(largest_difference(lanes, expected), largest_difference(one_by_one, expected));
    };
    Line line("training", name);
    line.require("loss", worst(in_float), tolerance);
    line.require("loss_in_double", worst(in_double), tolerance);
    line.note("of_pytorch_itself", largest_difference(in_float, in_double));
}

}  // namespace

// Steps amplify rounding: 1e-7 at the first, 6e-7 at the last, as between the two runs of PyTorch. Five times that.
BOOST_AUTO_TEST_CASE(fifty_steps_with_momentum_have_the_losses_of_pytorch) {
    require_golden_training("SGD", SGD{.learning_rate = 0.02f, .momentum = 0.9f}, 3e-6);
}

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }
