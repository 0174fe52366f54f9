// SPDX-License-Identifier: BSL-1.0
// Windows: Ctrl-C, which somebody else presses during a training of 20 seconds, ends the training and not the program.
// <windows.h> comes first, with all its macros.
// clang-format off
#define NOMINMAX
#include <windows.h>
// clang-format on
#include <kiln.hpp>

#include <cstdio>
#include <memory>
#include <vector>

using namespace kiln;
using Net = Model<Sequential<Linear<4, 3>>, Shape<4>>;

int main() {
    const auto model = std::make_unique<Net>(Seed{1});
    const auto trainer = std::make_unique<Trainer<Net, CrossEntropy, SGD, Batch<4>>>(*model, SGD{});
    const data::Dataset<Shape<4>, float> data(std::vector<Tensor<float, Shape<4>>>(8), {0, 1, 2, 0, 1, 2, 0, 1});
    auto wait = [](const Epoch&) { Sleep(20); };
    const Epoch last = trainer->fit(data, {.epochs = 1000, .callbacks = {callback(wait)}, .stop_on_interrupt = true});
    const bool stopped = last.ending == Ending::interrupt;
    std::printf("%s\n", stopped ? "stopped by Ctrl-C" : "NOT stopped");
    return stopped ? 0 : 1;
}
