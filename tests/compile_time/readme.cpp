// SPDX-License-Identifier: BSL-1.0
// The program at the top of the README, word for word, with its spacing.
// clang-format off

#include <kiln.hpp>
#include <kiln/data/idx.hpp>     // needs zlib, so not in the umbrella
#include <iostream>

using Net    = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::Pool<2>, kiln::Linear<8 * 13 * 13, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;

static_assert(Digits::parameter_count == 13'610);
static_assert(Digits::multiply_adds == 62'192);                    // one forward pass, one sample
static_assert(std::is_same_v<Digits::Output, kiln::Shape<10>>);

int main() {
    const auto mnist = kiln::data::load_mnist("examples/mnist/data");   // .train, .test: Dataset<Shape<1, 28, 28>>
    static Digits model{kiln::Seed{42}};                                // a plain value: place it where you like
    static kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>>
        trainer{model, kiln::SGD{.learning_rate = 0.05f, .momentum = 0.9f}};

    trainer.fit(mnist.train, {.epochs = 3, .progress = kiln::progress_bar()});
    std::cout << kiln::evaluate(model, mnist.test) << '\n';             // loss, accuracy, confusion matrix

    kiln::Tensor<float, Digits::Input> image = mnist.test.image(0);
    const auto logits = model.predict(image);                           // Tensor<float, Shape<10>>, no heap
    std::cout << kiln::argmax(logits) << '\n';
}
