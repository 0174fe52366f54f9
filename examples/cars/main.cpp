// SPDX-License-Identifier: BSL-1.0
// A regression from a table: how far cars of the seventies go on a gallon, from six figures of theirs.

#include <kiln.hpp>
#include <kiln/data/csv.hpp>

#include "show/command_line.hpp"
#include "show/report.hpp"

#include <cstdio>
#include <iostream>

using Net = kiln::Sequential<kiln::Standardize, kiln::Linear<6, 32>, kiln::SiLU, kiln::Linear<32, 16>, kiln::SiLU,
                             kiln::Linear<16, 1>>;
using Mileage = kiln::Model<Net, kiln::Shape<6>>;

// Far from the truth an error counts by its size, not by its square: a few odd cars shall not rule the rest.
using Training = kiln::Trainer<Mileage, kiln::Huber, kiln::Scheduled<kiln::AdamW, kiln::Cosine>, kiln::Batch<32>>;

namespace {

void run(const TrainingOptions& options) {
    const auto cars =
        kiln::data::read_regression<kiln::Shape<6>, kiln::Shape<1>>(options.data, {.targets = {"miles_per_gallon"}});
    const auto parts = kiln::data::split(cars, 0.2, kiln::Seed{options.seed});
    const auto &train = parts.train, &test = parts.validation;

    Mileage model{kiln::Seed{options.seed}};
    kiln::standardize_inputs(model, kiln::data::standardization(train));
    Training trainer{
        model,
        {{.learning_rate = options.learning_rate}, {.steps = options.steps(train.size(), 32), .warm_up = 50}},
        kiln::Huber{},
        kiln::Seed{options.seed}};
    kiln::History history;
    trainer.fit(train, test, {.epochs = options.epochs, .callbacks = {kiln::callback(history)}});

    const kiln::Regression result = kiln::evaluate(model, test, kiln::Huber{});
    std::cout << result << '\n';
    for (int i = 0; i < 5; ++i)
        std::printf("a car of %2.0f miles a gallon is taken for one of %4.1f\n", static_cast<double>(test.target(i)[0]),
                    static_cast<double>(model.predict(test.sample(i))[0]));

    write(report_of("Cars of the seventies", model, result, history, "Huber loss (miles a gallon)", "miles a gallon"),
          options.report);
}

}  // namespace

int main(int argc, char** argv) {
    TrainingOptions options{.epochs = 200, .learning_rate = 0.01f, .data = beside(__FILE__, "cars.csv")};
    CommandLine("cars", "Learns how far cars of the seventies go on a gallon.")
        .training(options, "FILE", "the table")
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
