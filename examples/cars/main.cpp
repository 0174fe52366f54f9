// SPDX-License-Identifier: BSL-1.0
// A regression from a table: how far cars of the seventies go on a gallon, from six figures of theirs.

#include <kiln.hpp>
#include <kiln/data/csv.hpp>

#include "show/classifier.hpp"
#include "show/command_line.hpp"

#include <cstdio>
#include <iostream>

using Net = kiln::Sequential<kiln::Linear<6, 32>, kiln::SiLU, kiln::Linear<32, 16>, kiln::SiLU, kiln::Linear<16, 1>>;
using Mileage = kiln::Model<Net, kiln::Shape<6>>;

// Far from the truth an error counts by its size, not by its square: a few odd cars shall not rule the rest.
using Training = kiln::Trainer<Mileage, kiln::Huber, kiln::Scheduled<kiln::AdamW, kiln::Cosine>, kiln::Batch<32>>;

namespace {

struct Options {
    int epochs = 200;
    float learning_rate = 0.01f;
    std::uint64_t seed = 1;
    std::string data = beside(__FILE__, "cars.csv"), report;
};

void run(const Options& options) {
    const auto cars =
        kiln::data::read_regression<kiln::Shape<6>, kiln::Shape<1>>(options.data, {.targets = {"miles_per_gallon"}});
    const auto parts = kiln::data::split(cars, 0.2, kiln::Seed{options.seed});
    const auto scale = kiln::data::standardization(parts.train);
    const auto train = kiln::data::transformed(parts.train, scale),
               test = kiln::data::transformed(parts.validation, scale);

    Mileage model{kiln::Seed{options.seed}};
    const long long steps = (train.size() + 31LL) / 32 * options.epochs;
    Training trainer{model,
                     {{.learning_rate = options.learning_rate}, {.steps = steps, .warm_up = 50}},
                     kiln::Huber{},
                     kiln::Seed{options.seed}};
    kiln::History history;
    trainer.fit(train, test, {.epochs = options.epochs, .callbacks = {kiln::callback(history)}});

    const kiln::Regression result = kiln::evaluate(model, test, kiln::Huber{});
    std::cout << result << '\n';
    for (int i = 0; i < 5; ++i)
        std::printf("a car of %2.0f miles a gallon is taken for one of %4.1f\n", static_cast<double>(test.target(i)[0]),
                    static_cast<double>(model.predict(test.sample(i))[0]));

    kiln::Report report{.title = "Cars of the seventies", .loss_axis = "Huber loss (miles a gallon)"};
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", static_cast<double>(result.mean_absolute_error));
    report.figures = {{"mean absolute error", std::string(text) + " miles a gallon"}};
    std::snprintf(text, sizeof text, "%.3f", static_cast<double>(result.r_squared));
    report.figures.push_back({"R²", text});
    kiln::add_history(report, history);
    kiln::add_layers<Mileage>(report);
    write(report, options.report);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CommandLine("cars", "Learns how far cars of the seventies go on a gallon.")
        .number("epochs", "passes over the training part", options.epochs, {1, 100'000})
        .number("learning-rate", "the highest, after a short warm-up", options.learning_rate, above(0))
        .number("seed", "of the split, of starting weights and of order", options.seed, from(0))
        .text("data", "FILE", "the table", options.data)
        .text("report", "FILE", "write a page of HTML on the training", options.report)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
