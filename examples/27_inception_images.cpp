// SPDX-License-Identifier: BSL-1.0
// An Inception network (C. Szegedy et al.: Going Deeper with Convolutions, 2015): each block looks at its input through
// windows of several sizes at once, and lays the channels of the branches one behind the other. It learns the digits of
// MNIST.

#include <kiln.hpp>
#include <kiln/data/idx.hpp>

#include <iostream>

using kiln::Conv, kiln::ReLU, kiln::Sequential;

// 8 channels of each branch, of In channels. A convolution of 1 x 1 pixels saves work: it leaves Few channels to the
// larger windows.
template <int In, int Few>
using Inception = kiln::Concat<Conv<In, 8, 1>,                                             //
                               Sequential<Conv<In, Few, 1>, ReLU, Conv<Few, 8, 3, 1, 1>>,  //
                               Sequential<Conv<In, Few, 1>, ReLU, Conv<Few, 8, 5, 1, 2>>,  //
                               Sequential<kiln::Pool<3, 1, 1>, Conv<In, 8, 1>>>;

using Net = Sequential<Conv<1, 8, 3, 2, 1>, ReLU,             //  8 x 14 x 14
                       Inception<8, 4>, ReLU, kiln::Pool<2>,  // 32 x 7 x 7
                       kiln::Linear<32 * 7 * 7, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;

int main() {
    const auto mnist = kiln::data::load_mnist("examples/mnist/data");
    const auto few = mnist.train.first(20'000);
    std::cout << kiln::summary<Digits>() << '\n';

    static Digits model{kiln::Seed{1}};
    static kiln::Trainer<Digits, kiln::CrossEntropy, kiln::Adam, kiln::Batch<32>> trainer{
        model, kiln::Adam{.learning_rate = 0.003f}};
    trainer.fit(few, {.epochs = 3, .progress = kiln::progress_bar()});

    const auto result = kiln::evaluate(model, mnist.test);
    std::cout << result << '\n';
    return result.accuracy > 0.95f ? 0 : 1;
}
