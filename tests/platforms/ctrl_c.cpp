// SPDX-License-Identifier: BSL-1.0
// Windows: Ctrl-C during a training ends the training and not the program. <windows.h> comes first, with all its macros.
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
    auto press = [](const Epoch& epoch) {
        if (epoch.number == 2) GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
        if (epoch.number >= 2) Sleep(20);
    };
    const Epoch last = trainer->fit(data, {.epochs = 100, .callbacks = {callback(press)}, .stop_on_interrupt = true});
    const bool stopped = last.ending == Ending::interrupt && last.number < 100;
    std::printf("%s\n", stopped ? "stopped by Ctrl-C" : "NOT stopped");
    return stopped ? 0 : 1;
}
