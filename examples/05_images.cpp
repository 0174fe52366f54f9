// SPDX-License-Identifier: BSL-1.0
// Images: a convolutional network learns the 60,000 handwritten digits of MNIST and is tested on 10,000 others. (Reading
// IDX files needs zlib; link kiln::data.)

#include <kiln.hpp>
#include <kiln/data/idx.hpp>

#include <cstdio>
#include <iostream>

using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::Pool<2>, kiln::Linear<8 * 13 * 13, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;

int main() {
    const auto mnist = kiln::data::load_mnist("examples/mnist/data");  // .train and .test

    static Digits model{kiln::Seed{42}};
    static kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{
        model, kiln::SGD{.learning_rate = 0.05f, .momentum = 0.9f}};
    trainer.fit(mnist.train, {.epochs = 3, .progress = kiln::progress_bar()});

    const auto result = kiln::evaluate(model, mnist.test);
    std::cout << result << '\n';  // loss, accuracy, confusion matrix

    // Pixels are bytes in the data set; image(i) is image i as the network reads it, from 0 to 1.
    const kiln::Tensor<float, Digits::Input> image = mnist.test.image(0);
    std::printf("the first test image, a %d, is taken for a %d\n", mnist.test.label(0),
                kiln::argmax(model.predict(image)));
    return result.accuracy > 0.95f ? 0 : 1;
}
