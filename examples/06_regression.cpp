// SPDX-License-Identifier: BSL-1.0
// A regression: the network puts out a number, not a class. It learns how far cars of the seventies go on a gallon, from
// six figures of each car. (Reading CSV needs libcsv; link kiln::data.)

#include <kiln.hpp>
#include <kiln/data/csv.hpp>

#include <cstdio>
#include <iostream>

using Net = kiln::Sequential<kiln::Linear<6, 32>, kiln::SiLU, kiln::Linear<32, 1>>;
using Mileage = kiln::Model<Net, kiln::Shape<6>>;

int main() {
    // Targets are tensors: here of one number, the column miles_per_gallon. All other columns are values.
    const auto cars = kiln::data::read_regression<kiln::Shape<6>, kiln::Shape<1>>("examples/cars/cars.csv",
                                                                                  {.targets = {"miles_per_gallon"}});
    const auto parts = kiln::data::split(cars, 0.2, kiln::Seed{1});
    const auto scale = kiln::data::standardization(parts.train);
    const auto train = kiln::data::transformed(parts.train, scale);
    const auto test = kiln::data::transformed(parts.validation, scale);

    // Huber's loss counts a large error by its size, not by its square: a few odd cars shall not rule the rest.
    Mileage model{kiln::Seed{1}};
    kiln::Trainer<Mileage, kiln::Huber, kiln::Adam, kiln::Batch<32>> trainer{model, {.learning_rate = 0.01f}};
    trainer.fit(train, {.epochs = 100});

    const kiln::Regression result = kiln::evaluate(model, test, kiln::Huber{});
    std::cout << result << '\n';
    for (int i = 0; i < 3; ++i)
        std::printf("a car of %2.0f miles a gallon is taken for one of %4.1f\n", static_cast<double>(test.target(i)[0]),
                    static_cast<double>(model.predict(test.sample(i))[0]));
    return result.r_squared > 0.7f ? 0 : 1;
}
