// SPDX-License-Identifier: BSL-1.0
// A network that learns a differential equation and sees no data: the damped oscillator u'' + 2 d u' + w² u = 0 from
// u(0) = 1, u'(0) = 0 (M. Raissi, P. Perdikaris, G. Karniadakis: Physics-Informed Neural Networks, 2019). Dual numbers of
// dual numbers carry u' and u'' forward; backward over the same numbers gives the gradient of a loss of u, u' and u''.

#include <kiln.hpp>

#include "show/command_line.hpp"
#include "show/report.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

namespace {

constexpr float damping = 0.2f, frequency = 2, length = 6;  // d, w, and the interval [0, length]
constexpr int lanes = 16, points = 64, passes = points / lanes;

using Net = kiln::Sequential<kiln::Linear<1, 24>, kiln::Tanh, kiln::Linear<24, 24>, kiln::Tanh, kiln::Linear<24, 1>>;
using Solution = kiln::Model<Net, kiln::Shape<1>>;

// value.value is u, value.slope and slope.value are u', slope.slope is u''; with a point in each lane.
using Number = kiln::Lanes<float, lanes>;
using First = kiln::Dual<Number>;
using Second = kiln::Dual<First>;
using Pass = kiln::Recording<Solution, Second, kiln::Wanted::parameter_gradients>;

// The input of the network is -1 to 1, so d/dt is d/dx times `scale`.
constexpr float scale = 2 / length;

struct Terms {
    Number u, first, second;
};
Terms terms(const Second& y) {
    return {y.value.value, y.value.slope * Number(scale), y.slope.slope * Number(scale * scale)};
}
// The dy whose gradient of y has as its innermost slope that of a loss with these derivatives with respect to u, u', u''.
Second slopes(const Terms& of) {
    return {First(of.second * Number(scale * scale), of.first * Number(scale)), First(Number(0), of.u)};
}

double exact(double t) {
    const double w = std::sqrt(double(frequency) * frequency - double(damping) * damping);
    return std::exp(-damping * t) * (std::cos(w * t) + damping / w * std::sin(w * t));
}

// The mean of (u'' + 2 d u' + w² u)² over the points; adds its gradient.
float equation(const Solution& model, Pass& pass, kiln::Random& random, auto& gradients) {
    float loss = 0;
    for (int k = 0; k < passes; ++k) {
        Number x;
        for (int l = 0; l < lanes; ++l) {  // a point in every part of the interval
            const int part = l * passes + k;
            set_lane(x, l, 2 * (static_cast<float>(part) + random.uniform(0, 1)) / points - 1);
        }
        pass.x[0] = Second(First(x, Number(1)), First(Number(1), Number(0)));
        const Terms y = terms(pass.forward()[0]);
        const Number stiffness(frequency * frequency), friction(2 * damping);
        const Number rest = y.second + friction * y.first + stiffness * y.u;
        const Number slope = rest * Number(2.0f / points);
        pass.backward(model, {slopes({slope * stiffness, slope * friction, slope})}, gradients);
        loss += reduce(rest * rest) / points;
    }
    return loss;
}

// (u(0) - 1)² + u'(0)², times 16; adds its gradient. The point is in the first lane, and the others do not count.
float start(const Solution& model, Pass& pass, auto& gradients) {
    pass.x[0] = Second(First(Number(-1), Number(1)), First(Number(1), Number(0)));
    const Terms y = terms(pass.forward()[0]);
    Number weight(0);
    set_lane(weight, 0, 16.0f);
    const Number off = y.u - Number(1), two(2);
    pass.backward(model, {slopes({two * weight * off, two * weight * y.first, Number(0)})}, gradients);
    return reduce(weight * (off * off + y.first * y.first));
}

void run(const TrainingOptions& options) {
    static Solution model{kiln::Seed{options.seed}};
    using Optimizer = kiln::Scheduled<kiln::Adam, kiln::Cosine>;
    constexpr int steps_of_epoch = 250;
    static kiln::Learner<Solution, Optimizer> learner{
        model, {{.learning_rate = options.learning_rate}, {.steps = steps_of_epoch * options.epochs}}};
    static Pass pass;
    kiln::Random random{kiln::Seed{options.seed + 1}};

    kiln::Report report{.title = "A damped oscillator, from its equation alone", .loss_axis = "mean squared residue"};
    for (int epoch = 1; epoch <= options.epochs; ++epoch) {
        float loss = 0;
        for (int step = 0; step < steps_of_epoch; ++step) {
            Pass::Gradients gradients{};
            pass.hold(model);  // as dual numbers, for all passes of the step
            loss += (equation(model, pass, random, gradients) + start(model, pass, gradients)) / steps_of_epoch;
            kiln::add_slopes<kiln::scalar_t<Second>>(gradients, learner.gradients());
            learner.apply();
        }
        report.epochs.push_back({.number = epoch, .loss = static_cast<double>(loss)});
        if (epoch % 10 == 0) std::printf("epoch %3d  loss %.2e\n", epoch, static_cast<double>(loss));
    }

    double worst = 0;
    kiln::report::Plot plot{.title = "u", .axis = "u(t)", .x_axis = "t", .positions = {}, .curves = {}};
    std::vector<double> learned, expected;
    for (int i = 0; i <= 120; ++i) {
        const double t = length * i / 120.0, u = double(model.predict({static_cast<float>(i) / 60 - 1})[0]);
        plot.positions.push_back(t);
        learned.push_back(u);
        expected.push_back(exact(t));
        worst = std::max(worst, std::abs(u - exact(t)));
    }
    plot.curves = {{"network", learned}, {"exact", expected}};
    std::printf("the largest error of u between 0 and %g is %.4f\n", static_cast<double>(length), worst);
    report.figures = {{"largest error", fixed(static_cast<float>(worst), 4)},
                      {"parameters", std::to_string(Solution::parameter_count)}};
    kiln::add_plot(report, plot);
    kiln::add_layers<Solution>(report);
    write(report, options.report);
}

}  // namespace

int main(int argc, char** argv) {
    TrainingOptions options{.epochs = 100, .learning_rate = 0.005f};
    CommandLine("oscillator", "Learns a damped oscillator from its differential equation, without data.")
        .number("epochs", "runs of 250 steps", options.epochs, from(1))
        .number("learning-rate", "size of the first steps", options.learning_rate, above(0))
        .number("seed", "of the starting values", options.seed, from(0))
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
