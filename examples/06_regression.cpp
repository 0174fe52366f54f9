// SPDX-License-Identifier: BSL-1.0
// A regression: the network puts out a number, not a class. It learns how far cars of the seventies go on a gallon, from
// six figures of each car. Both are in their own units; the network holds the scales. (Reading CSV needs libcsv; link
// kiln::data.)

#include <kiln.hpp>
#include <kiln/data/csv.hpp>

#include <cstdio>
#include <iostream>

using Net =
    kiln::Sequential<kiln::Standardize, kiln::Linear<6, 32>, kiln::SiLU, kiln::Linear<32, 1>, kiln::Unstandardize>;
using Mileage = kiln::Model<Net, kiln::Shape<6>>;

// Huber's loss counts a large error by its size, not by its square: a few odd cars shall not rule the rest. Standardized
// counts errors in deviations of the targets, so that a learning rate suits miles as well as prices.
using Loss = kiln::Standardized<kiln::Huber, kiln::Shape<1>>;

int main() {
    // Targets are tensors: here of one number, the column miles_per_gallon. All other columns are values.
    const auto cars = kiln::data::read_regression<kiln::Shape<6>, kiln::Shape<1>>("examples/cars/cars.csv",
                                                                                  {.targets = {"miles_per_gallon"}});
    const auto parts = kiln::data::split(cars, 0.2, kiln::Seed{1});
    const auto& test = parts.validation;

    Mileage model{kiln::Seed{1}};
    const auto scale_of_targets = kiln::data::standardization_of_targets(parts.train);
    kiln::standardize_inputs(model, kiln::data::standardization(parts.train));
    kiln::standardize_outputs(model, scale_of_targets);

    kiln::Trainer<Mileage, Loss, kiln::Adam, kiln::Batch<32>> trainer{
        model, {.learning_rate = 0.01f}, scale_of_targets};
    trainer.fit(parts.train, {.epochs = 100});

    const auto result = kiln::evaluate(model, test, trainer.loss());
    std::cout << result << '\n';
    for (int i = 0; i < 3; ++i)
        std::printf("a car of %2.0f miles a gallon is taken for one of %4.1f\n", static_cast<double>(test.target(i)[0]),
                    static_cast<double>(model.predict(test.sample(i))[0]));
    return result.r_squared > 0.7f ? 0 : 1;
}
