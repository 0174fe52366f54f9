// SPDX-License-Identifier: BSL-1.0
// Layers that branch and join: a residual block, a block with a shortcut of its own, and an Inception block. They stand in
// a Sequential like any other layer.

#include <kiln.hpp>

#include <array>
#include <cstdio>
#include <iostream>

using kiln::BatchNorm, kiln::Conv, kiln::Linear, kiln::ReLU, kiln::Sequential;

// y = x + f(x)
using Block = kiln::Residual<Conv<8, 8, 3, 1, 1>, BatchNorm<8>, ReLU, Conv<8, 8, 3, 1, 1>, BatchNorm<8>>;
// y = f(x) + g(x): half the rows and columns, twice the channels
using Down = kiln::Sum<Sequential<Conv<8, 16, 3, 2, 1>, BatchNorm<16>, ReLU, Conv<16, 16, 3, 1, 1>, BatchNorm<16>>,
                       Conv<8, 16, 1, 2>>;
// The channels of three branches, one after the other: 4 + 8 + 4
using Inception = kiln::Concat<Conv<16, 4, 1>,                                         //
                               Sequential<Conv<16, 4, 1>, ReLU, Conv<4, 8, 3, 1, 1>>,  //
                               Sequential<kiln::AveragePool<3, 1, 1>, Conv<16, 4, 1>>>;

using Net = Sequential<Conv<1, 8, 3, 1, 1>, ReLU, kiln::Repeat<2, Sequential<Block, ReLU>>, Down, ReLU, Inception, ReLU,
                       kiln::GlobalAveragePool, Linear<16, 3>>;
using Model = kiln::Model<Net, kiln::Shape<1, 12, 12>>;

int main() {
    std::cout << kiln::summary<Model>() << '\n';

    // Noise with a line through it: along a row (0), along a column (1), or along a diagonal (2).
    std::array<kiln::Tensor<float, Model::Input>, 64> images;
    std::array<int, 64> kinds;
    kiln::Random random{kiln::Seed{1}};
    const auto draw = [&] {
        for (std::size_t i = 0; i < images.size(); ++i) {
            for (float& pixel : images[i]) pixel = random.uniform(-1, 1);
            const int kind = random.below(3), place = random.below(12);
            kinds[i] = kind;
            for (int k = 0; k < 12; ++k) {
                const int row = kind == 0 ? place : k, column = kind == 0 ? k : kind == 1 ? place : (k + place) % 12;
                images[i](0, row, column) += 1;
            }
        }
    };

    static Model model{kiln::Seed{2}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::Adam, kiln::Batch<64>> trainer{
        model, kiln::Adam{.learning_rate = 0.01f}};
    for (int step = 1; step <= 200; ++step) {
        draw();
        const float loss = trainer.step(images, kinds);
        if (step % 50 == 0) std::printf("step %3d  loss %.3f\n", step, static_cast<double>(loss));
    }

    draw();
    int right = 0;
    for (std::size_t i = 0; i < images.size(); ++i) right += kiln::argmax(model.predict(images[i])) == kinds[i] ? 1 : 0;
    std::printf("%d of 64 lines are told right\n", right);
    return right > 55 ? 0 : 1;
}
