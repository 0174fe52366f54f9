// SPDX-License-Identifier: BSL-1.0
// A table becomes a classifier: three species of penguins are told apart by four measurements. The file has a header, a
// row for each penguin, and the species in a column of text. (Reading CSV needs libcsv; link kiln::data.)

#include <kiln.hpp>
#include <kiln/data/csv.hpp>

#include <cstdio>
#include <iostream>

using Species = kiln::Model<kiln::Sequential<kiln::Linear<4, 16>, kiln::Tanh, kiln::Linear<16, 3>>, kiln::Shape<4>>;

int main() {
    const auto table = kiln::data::read_table<kiln::Shape<4>>("examples/penguins/penguins.csv", {.label = "species"});

    // A quarter of each species is set aside. The scale is fitted to the rest, and then serves for all.
    const auto parts = kiln::data::stratified_split(table.data, 0.25, kiln::Seed{1});
    const auto scale = kiln::data::standardization(parts.train);
    const auto train = kiln::data::transformed(parts.train, scale);
    const auto validation = kiln::data::transformed(parts.validation, scale);

    Species model{kiln::Seed{1}};
    kiln::Trainer<Species, kiln::CrossEntropy, kiln::Adam, kiln::Batch<32>> trainer{model, {.learning_rate = 0.01f}};
    trainer.fit(train, validation, {.epochs = 60});
    const auto result = kiln::evaluate(model, validation);
    std::cout << result << "\n\n";

    // A penguin that is in no table: the network takes standardised measurements.
    kiln::Tensor<float, Species::Input> unknown{49, 18, 200, 4000};  // beak (mm), its depth, flippers (mm), weight (g)
    scale(unknown);
    const int species = kiln::argmax(model.predict(unknown));
    std::printf("the unknown penguin is a %s\n", table.classes[static_cast<std::size_t>(species)].c_str());
    return result.accuracy > 0.9f ? 0 : 1;
}
