// SPDX-License-Identifier: BSL-1.0
// Windows of a series as a data set, without copies: two days of a tide, hour by hour, foretell the next six hours. The
// validation set is the end of the series, so the network is judged on a time that it has not seen.

#include <kiln.hpp>

#include <cmath>
#include <iostream>
#include <vector>

constexpr int past = 48, future = 6;
using Windows = kiln::data::Windows<kiln::Shape<past, 2>, kiln::Shape<future, 1>>;
using Net = kiln::Sequential<kiln::Flatten, kiln::Linear<2 * past, 32>, kiln::Tanh, kiln::Linear<32, future>,
                             kiln::Reshape<future, 1>>;
using Model = kiln::Model<Net, kiln::Shape<past, 2>>;

int main() {
    // A year of the height of water, in metres, and of the wind. The wind raises the water some hours later.
    kiln::Random random{kiln::Seed{1}};
    std::vector<float> series, height;
    float wind = 0, surge = 0;
    for (int hour = 0; hour < 24 * 365; ++hour) {
        const auto angle = [&](double period) { return 2 * 3.14159265 * hour / period; };
        wind = 0.95f * wind + 0.1f * random.normal();
        surge = 0.9f * surge + 0.1f * wind;
        height.push_back(static_cast<float>(1.2 * std::sin(angle(12.42)) + 0.4 * std::sin(angle(12))) + surge);
        series.insert(series.end(), {height.back(), wind});
    }

    const Windows windows(series, height, {.stride = 2});
    const auto [train, validation] = windows.split_in_time(0.2);
    std::cout << train.size() << " windows to learn from, " << validation.size() << " later ones to judge by\n";

    static Model model{kiln::Seed{2}};
    static kiln::Trainer<Model, kiln::MeanSquaredError, kiln::Adam, kiln::Batch<32>> trainer{model,
                                                                                             {.learning_rate = 0.002f}};
    trainer.fit(train, validation, {.epochs = 10});
    const auto result = kiln::evaluate(model, validation, trainer.loss());
    for (int hour = 0; hour < future; ++hour)
        std::cout << "in " << hour + 1 << " h: mean error "
                  << result.values[static_cast<std::size_t>(hour)].mean_absolute_error << " m\n";
    return result.r_squared > 0.95f ? 0 : 1;
}
