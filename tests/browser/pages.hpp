// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reports made of invented data: one of a classifier, one of an autoencoder, and one in which every text attacks the
// page.

#include <kiln/core/math.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/report/bitmap.hpp>
#include <kiln/report/report.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kiln::tests {

/// Colours that a report's style does not have: where a screenshot shows one, an image has been decoded.
inline constexpr std::uint8_t first_mark[] = {255, 0, 200}, second_mark[] = {0, 201, 133};

/// A square of one colour.
inline report::Bitmap marked(const std::uint8_t (&colour)[3], int size) {
    report::Bitmap image{.width = size, .height = size, .channels = 3};
    for (int i = 0; i < 3 * size * size; ++i) image.pixels.push_back(colour[i % 3]);
    return image;
}

/// A grey ring, blurred by `softness`: something like a handwritten 0.
inline report::Bitmap ring(int size, float radius, float softness) {
    report::Bitmap image{.width = size, .height = size, .channels = 1};
    for (int row = 0; row < size; ++row)
        for (int column = 0; column < size; ++column) {
            const float half = static_cast<float>(size - 1) / 2;
            const float y = (static_cast<float>(row) - half) / 1.3f, x = static_cast<float>(column) - half;
            const float off = kiln::sqrt(x * x + y * y) - radius;
            image.pixels.push_back(static_cast<std::uint8_t>(255 * kiln::exp(-off * off / softness)));
        }
    return image;
}

/// A classifier of ten digits after 20 epochs.
inline Report classifier() {
    Report report{.title = "Handwritten digits, one convolution"};
    report.figures = {{"test accuracy", "98.43 %"}, {"parameters", "13,610"}, {"epochs", "20"},
                      {"training time", "8.4 s"},   {"samples/s", "142,857"}, {"seed", "42"}};
    report.inputs = {{"", "1 × 28 × 28"}};
    report.layers = {{"0", "Conv<1, 8, 3, 1, 0>", "8 × 26 × 26", 80, 48'672},
                     {"1", "ReLU", "8 × 26 × 26", 0, 0},
                     {"2", "Pool<2, 2>", "8 × 13 × 13", 0, 0},
                     {"3", "Linear<1352, 10>", "10", 13'530, 13'520}};
    Random random{Seed{7}};
    for (int number = 1; number <= 20; ++number) {
        const double fall = 1.0 / number, noise = static_cast<double>(random.uniform(-0.5f, 0.5f));
        report.epochs.push_back({.number = number,
                                 .loss = 0.018 + 0.36 * fall * fall,
                                 .validation_loss = 0.055 + 0.19 * fall * fall + 0.005 * noise,
                                 .accuracy = 0.9985 - 0.10 * fall * fall,
                                 .validation_accuracy = 0.985 - 0.04 * fall + 0.001 * noise,
                                 .seconds = 0.42 + 0.02 * noise});
    }
    report.confusion.classes = 10;
    for (int truth = 0; truth < 10; ++truth)
        for (int k = 0; k < 10; ++k) {
            const int often = (truth * 7 + k * 3) % 11;
            report.confusion.counts.push_back(truth == k ? 960 + 13 * truth : often > 7 ? often * often / 10 : 0);
        }
    for (int i = 0; i < 12; ++i) {
        report::Mistake mistake{
            .truth = i % 10, .predicted = (i + 5) % 10, .probabilities = std::vector<float>(10, 0.001f)};
        mistake.image = i == 0   ? marked(first_mark, 8)
                        : i == 1 ? marked(second_mark, 300)
                                 : ring(28, 5 + static_cast<float>(i % 4), 1 + static_cast<float>(i % 3));
        mistake.probabilities[static_cast<std::size_t>(mistake.predicted)] = 0.992f - 0.03f * static_cast<float>(i);
        mistake.probabilities[static_cast<std::size_t>(mistake.truth)] = 0.0003f + 0.03f * static_cast<float>(i);
        report.mistakes.push_back(mistake);
    }
    return report;
}

/// An autoencoder after 1,000 epochs, whose loss falls over several decades; no classes.
inline Report autoencoder() {
    Report report{.title = "Autoencoder of rings, 784 to 16 numbers"};
    report.loss_axis = "mean squared error";
    report.error_axis = "mean absolute error in grey levels";
    report.figures = {{"test error", "0.0031"}, {"parameters", "218,000"}};
    Random random{Seed{8}};
    for (int number = 1; number <= 1000; ++number) {
        const double noise = 1 + static_cast<double>(random.uniform(-0.2f, 0.2f));
        report.epochs.push_back({.number = number,
                                 .loss = 0.6 / number * noise,
                                 .validation_loss = number % 10 == 0 ? 0.002 + 0.7 / number : report::Epoch::none,
                                 .error = 3 + 40.0 / (number + 1) * noise,
                                 .seconds = 0.1});
    }
    for (int i = 0; i < 6; ++i) {
        const auto radius = static_cast<float>(4 + i);
        report.pairs.push_back(
            {ring(28, radius, 1), ring(28, radius, 6), "squared error 0.00" + std::to_string(31 + i)});
    }
    return report;
}

/// Text that would end elements, attributes and comments, start scripts, or has no place to break.
inline const std::string nasty = "</script><b>\" onload=\"alert(1)\" ' <!-- ]]> & &lt; \x01 größer 数 -->";

/// A report with the nasty text wherever it takes a text, and with numbers that are none.
inline Report nasty_report() {
    const double nan = report::Epoch::none, infinity = std::numeric_limits<double>::infinity();
    Report report{.title = nasty + std::string(60, 'x')};
    report.figures = {{nasty, nasty}};
    report.loss_axis = report.error_axis = nasty;
    report.inputs = {{nasty, nasty}};
    report.epochs = {{.number = 1, .loss = nan, .accuracy = 0.5},
                     {.number = 2, .loss = infinity, .accuracy = 0.75},
                     {.number = 3, .loss = 1e300, .accuracy = nan},
                     {.number = 4, .loss = 2, .error = -1}};
    report.class_names = {nasty, "b"};
    report.confusion = {.classes = 3, .counts = {1'000'000, 0, 2, 0, 0, 0, 0, 0, 0}};
    report.mistakes = {{.truth = 0, .predicted = 2, .probabilities = {0, 0.25f, 0.75f}, .image = marked(first_mark, 1)},
                       {.truth = -3, .predicted = 99, .probabilities = {static_cast<float>(nan), 2}}};
    report.pairs = {{marked(first_mark, 3), marked(second_mark, 3), nasty}};
    report.layers = {{nasty, nasty, nasty, -1, 9'000'000'000'000}};
    return report;
}

}  // namespace kiln::tests
