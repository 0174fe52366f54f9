// SPDX-License-Identifier: BSL-1.0
// A small classifier from a table: tells three species of penguins apart by four measurements. Reads a CSV file, sets a
// quarter of each species aside, standardises, weighs the classes by how rare they are, and stops by itself.

#include <kiln.hpp>
#include <kiln/data/csv.hpp>

#include "show/command_line.hpp"
#include "show/report.hpp"

#include <cstdio>
#include <iostream>

using Net = kiln::Sequential<kiln::Standardize, kiln::Linear<4, 16>, kiln::Tanh, kiln::Linear<16, 3>>;
using Species = kiln::Model<Net, kiln::Shape<4>>;

namespace {

struct Options : TrainingOptions {
    int patience = 20;
};

void run(const Options& options) {
    const auto table = kiln::data::read_table<kiln::Shape<4>>(options.data, {.label = "species"});
    std::cout << kiln::data::balance(table.data) << "\n\n";

    // The scale and the weights of the classes are fitted to the training part alone.
    const auto parts = kiln::data::stratified_split(table.data, 0.25, kiln::Seed{options.seed});
    const auto &train = parts.train, &validation = parts.validation;
    using Loss = kiln::WeightedCrossEntropy<3>;

    Species model{kiln::Seed{options.seed}}, best;
    kiln::standardize_inputs(model, kiln::data::standardization(train));
    kiln::Trainer<Species, Loss, kiln::Adam, kiln::Batch<32>> trainer{
        model, kiln::Adam{.learning_rate = options.learning_rate},
        Loss{.class_weights = kiln::data::balance(train).weights<3>()}, kiln::Seed{options.seed}};
    kiln::History history;
    const kiln::Epoch last = trainer.fit(
        train, validation,
        {.epochs = options.epochs, .callbacks = {kiln::callback(history)}, .patience = options.patience}, best);
    std::printf("stopped after epoch %d, the best was %d\n\n", last.number, last.best);

    const auto result = kiln::evaluate(model, validation);
    for (int k = 0; k < 3; ++k)
        std::printf("%-10s precision %.3f  recall %.3f  F1 %.3f\n", table.classes[static_cast<std::size_t>(k)].c_str(),
                    static_cast<double>(result.precision(k)), static_cast<double>(result.recall(k)),
                    static_cast<double>(result.f1(k)));
    std::cout << result << '\n';

    // A penguin that is in no table.
    const kiln::Tensor<float, Species::Input> unknown{49, 18, 200, 4000};
    std::printf("one with a beak of 49 x 18 mm, flippers of 200 mm and 4 kg: %s\n",
                table.classes[static_cast<std::size_t>(kiln::argmax(model.predict(unknown)))].c_str());
    if (!options.report.empty())
        write(report_of("Penguins", model, validation, result, history, table.classes), options.report);
}

}  // namespace

int main(int argc, char** argv) {
    Options options{{.epochs = 200, .learning_rate = 0.01f, .data = beside(__FILE__, "penguins.csv")}};
    CommandLine("penguins", "Tells three species of penguins apart by four measurements.")
        .training(options, "FILE", "the table")
        .number("patience", "stop after so many epochs without a lower loss", options.patience, from(1))
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
