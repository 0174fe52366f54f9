// SPDX-License-Identifier: BSL-1.0
// A training that is watched: judged on data set aside, recorded, ended when it gets no better, with the best model kept.

#include <kiln.hpp>

#include <cstdio>
#include <vector>

using Net = kiln::Sequential<kiln::Linear<2, 24>, kiln::Tanh, kiln::Linear<24, 24>, kiln::Tanh, kiln::Linear<24, 2>>;
using Spirals = kiln::Model<Net, kiln::Shape<2>>;
using Points = kiln::data::Dataset<kiln::Shape<2>, float>;

// Two spirals, one turned by half a turn, with some noise.
Points spirals(int count) {
    kiln::Random random{kiln::Seed{1}};
    std::vector<kiln::Tensor<float, kiln::Shape<2>>> points;
    std::vector<int> arms;
    for (int i = 0; i < count; ++i) {
        const float angle = random.uniform(0.5f, 8.0f), half_turn = 3.14159265f * static_cast<float>(i % 2);
        points.push_back({angle / 8 * __builtin_cosf(angle + half_turn) + 0.02f * random.normal(),
                          angle / 8 * __builtin_sinf(angle + half_turn) + 0.02f * random.normal()});
        arms.push_back(i % 2);
    }
    return {points, arms};
}

int main() {
    const Points all = spirals(1500);
    const auto parts = kiln::data::stratified_split(all, 0.2, kiln::Seed{2});

    static Spirals model{kiln::Seed{3}}, best;
    static kiln::Trainer<Spirals, kiln::CrossEntropy, kiln::Adam, kiln::Batch<32>> trainer{model,
                                                                                           {.learning_rate = 0.01f}};

    // Callbacks are told of every finished epoch: records of Kiln's, or a lambda with a name.
    kiln::History history;
    auto good_enough = [](const kiln::Epoch& epoch) { return epoch.validation_accuracy > 0.995f; };
    const kiln::Epoch last = trainer.fit(parts.train, parts.validation,
                                         {.epochs = 300,
                                          .progress = {},  // kiln::progress_bar() for a bar on the terminal
                                          .callbacks = {kiln::callback(history), kiln::callback(good_enough)},
                                          .patience = 30,
                                          .stop_on_interrupt = true},
                                         best);

    for (const kiln::Epoch& epoch : history.epochs)
        if (epoch.number % 20 == 1)
            std::printf("epoch %3d  loss %.4f  validation %.4f, %.1f %% right\n", epoch.number,
                        static_cast<double>(epoch.loss), static_cast<double>(epoch.validation_loss),
                        100 * static_cast<double>(epoch.validation_accuracy));
    constexpr const char* reasons[] = {"", "all epochs", "no progress", "a callback", "Ctrl-C"};
    std::printf("ended after epoch %d (%s), best was %d\n", last.number, reasons[static_cast<int>(last.ending)],
                last.best);

    const auto result = kiln::evaluate(model, parts.validation);
    std::printf("of the points set apart %.1f %% right, F1 %.3f\n", 100 * static_cast<double>(result.accuracy),
                static_cast<double>(result.macro_f1()));
    for (const kiln::GradientNorm& gradient : trainer.gradient_norms())
        std::printf("gradient of %-9s %.4f\n", gradient.name.c_str(), static_cast<double>(gradient.norm));
    return result.accuracy > 0.95f ? 0 : 1;
}
