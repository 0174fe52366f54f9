// SPDX-License-Identifier: BSL-1.0
// Data on its way into a network: made from arrays, counted by class, divided, brought to a scale, and handed out in
// batches. A thread prepares those in the background and changes each sample a little every time.

#include <kiln.hpp>

#include <cstdio>
#include <iostream>
#include <vector>

using Image = kiln::Shape<1, 8, 8>;
using Images = kiln::data::Dataset<Image, float>;
using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::GlobalAveragePool, kiln::Linear<8, 2>>;
using Bars = kiln::Model<Net, Image>;

// Bright bars on a dark ground, upright (1) or level (0), at any place.
Images bars(int count) {
    kiln::Random random{kiln::Seed{1}};
    std::vector<kiln::Tensor<float, Image>> images(static_cast<std::size_t>(count));
    std::vector<int> upright;
    for (auto& image : images) {
        upright.push_back(random.uniform() < 0.7f ? 1 : 0);
        const int place = 1 + random.below(6);
        for (int row = 0; row < 8; ++row)
            for (int column = 0; column < 8; ++column)
                image(0, row, column) =
                    20 * random.normal() + ((upright.back() == 1 ? column : row) == place ? 200 : 50);
    }
    return {images, upright};
}

int main() {
    const Images all = bars(600);
    std::cout << kiln::data::balance(all) << "\n\n";

    const auto parts = kiln::data::stratified_split(all, 0.25, kiln::Seed{2});
    const auto scale = kiln::data::standardization(parts.train, kiln::data::Per::channel);
    const Images train = kiln::data::transformed(parts.train, scale),
                 validation = kiln::data::transformed(parts.validation, scale);

    // The same batches on every run, with or without the thread.
    kiln::data::Loader loader(train, {.batch = 32, .seed = kiln::Seed{3}},
                              kiln::data::Augment{kiln::data::Shift{.pixels = 1}, kiln::data::Noise{.sd = 0.1f}});

    static Bars model{kiln::Seed{4}};
    static kiln::Trainer<Bars, kiln::CrossEntropy, kiln::Adam, kiln::Batch<32>> trainer{model,
                                                                                        {.learning_rate = 0.01f}};
    const kiln::Epoch last = trainer.fit(loader, validation, {.epochs = 15});
    std::printf("after %d epochs %.1f %% of the bars set apart are told apart\n", last.number,
                100 * static_cast<double>(last.validation_accuracy));
    return last.validation_accuracy > 0.95f ? 0 : 1;
}
