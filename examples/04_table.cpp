// SPDX-License-Identifier: BSL-1.0
// A table becomes a classifier: three species of penguins are told apart by four measurements. The file has a header, a
// row for each penguin, and the species in a column of text. (Reading CSV needs libcsv; link kiln::data.)

#include <kiln.hpp>
#include <kiln/data/csv.hpp>

#include <cstdio>
#include <iostream>

using Net = kiln::Sequential<kiln::Standardize, kiln::Linear<4, 16>, kiln::Tanh, kiln::Linear<16, 3>>;
using Species = kiln::Model<Net, kiln::Shape<4>>;

int main() {
    const auto table = kiln::data::read_table<kiln::Shape<4>>("examples/penguins/penguins.csv", {.label = "species"});

    // A quarter of each species is set aside. Means and deviations of the rest become a part of the network.
    const auto parts = kiln::data::stratified_split(table.data, 0.25, kiln::Seed{1});
    Species model{kiln::Seed{1}};
    kiln::standardize_inputs(model, kiln::data::standardization(parts.train));

    kiln::Trainer<Species, kiln::CrossEntropy, kiln::Adam, kiln::Batch<32>> trainer{model, {.learning_rate = 0.01f}};
    trainer.fit(parts.train, parts.validation, {.epochs = 60});
    const auto result = kiln::evaluate(model, parts.validation);
    std::cout << result << "\n\n";

    // A penguin that is in no table.
    const kiln::Tensor<float, Species::Input> unknown{49, 18, 200, 4000};  // beak (mm), its depth, flippers, weight (g)
    const int species = kiln::argmax(model.predict(unknown));
    std::printf("the unknown penguin is a %s\n", table.classes[static_cast<std::size_t>(species)].c_str());
    return result.accuracy > 0.9f ? 0 : 1;
}
