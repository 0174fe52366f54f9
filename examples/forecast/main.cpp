// SPDX-License-Identifier: BSL-1.0
// A forecast from a table: the water of the next day, hour by hour, from that of the last two days. The test is on
// weeks that the network has not seen, against a rule that sailors use: tomorrow's tide is today's, 50 minutes later.

#include <kiln.hpp>
#include <kiln/data/csv.hpp>

#include "show/command_line.hpp"
#include "show/report.hpp"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace {

constexpr int past = 48, future = 24;  // hours

using In = kiln::Shape<past, 1>;
using Out = kiln::Shape<future, 1>;
using Net = kiln::Sequential<kiln::Standardize, kiln::GRU<1, 32>, kiln::Last, kiln::Linear<32, future>,
                             kiln::Reshape<future, 1>>;
using Forecast = kiln::Model<Net, In>;
using Windows = kiln::data::Windows<In, Out>;  // for every hour, the past and the future
using Training =
    kiln::Trainer<Forecast, kiln::MeanSquaredError, kiln::Scheduled<kiln::Adam, kiln::Cosine>, kiln::Batch<64>>;

// Yesterday's height, 24 hours and 50 minutes ago.
float by_rule(const kiln::Tensor<float, In>& x, int hour) {
    const float before = x[past - 25 + hour], after = x[past - 24 + hour];
    return before + (after - before) / 6;
}

void run(const TrainingOptions& options) {
    const std::vector<float> height = kiln::data::read_series<1>(options.data, {.columns = {"height"}});
    const auto [train, test] = Windows(height).split_in_time(0.25);

    static Forecast model{kiln::Seed{options.seed}};
    kiln::standardize_inputs(model, kiln::data::standardization(train));
    static Training trainer{model,
                            {{.learning_rate = options.learning_rate}, {.steps = options.steps(train.size(), 64)}},
                            kiln::MeanSquaredError{},
                            kiln::Seed{options.seed}};
    kiln::History history;
    trainer.fit(train, test, {.epochs = options.epochs, .callbacks = {kiln::callback(history)}});

    double of_network = 0, of_rule = 0;
    for (int i = 0; i < test.size(); ++i) {
        const auto forecast = model.predict(test.image(i));
        for (int hour = 0; hour < future; ++hour) {
            const float truth = test.target(i)[hour];
            of_network += std::abs(static_cast<double>(forecast[hour] - truth)) / (future * test.size());
            of_rule += std::abs(static_cast<double>(by_rule(test.image(i), hour) - truth)) / (future * test.size());
        }
    }
    std::printf("mean error of a height: %.3f m, by the rule %.3f m\n", of_network, of_rule);

    kiln::report::Plot plot{
        .title = "Four days", .axis = "height (m)", .x_axis = "hour", .positions = {}, .curves = {}};
    std::vector<double> truth, forecast;
    for (int i = 0; i + future <= 4 * future && i < test.size(); i += future) {
        const auto day = model.predict(test.image(i));
        for (int hour = 0; hour < future; ++hour) {
            plot.positions.push_back(i + hour);
            truth.push_back(static_cast<double>(test.target(i)[hour]));
            forecast.push_back(static_cast<double>(day[hour]));
        }
    }
    plot.curves = {{"forecast", forecast}, {"truth", truth}};
    kiln::Report report{.title = "A tide, a day ahead", .loss_axis = "mean squared error (m²)"};
    report.figures = {{"mean error", fixed(static_cast<float>(of_network), 3) + " m"},
                      {"by the rule", fixed(static_cast<float>(of_rule), 3) + " m"},
                      {"parameters", std::to_string(Forecast::parameter_count)}};
    kiln::add_history(report, history);
    kiln::add_plot(report, plot);
    kiln::add_layers<Forecast>(report);
    write(report, options.report);
}

}  // namespace

int main(int argc, char** argv) {
    TrainingOptions options{.epochs = 200, .learning_rate = 0.01f, .data = beside(__FILE__, "tide.csv")};
    CommandLine("forecast", "Learns to forecast a tide from its past.")
        .training(options, "FILE", "the table, with a column height")
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
