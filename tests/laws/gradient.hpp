// SPDX-License-Identifier: BSL-1.0
#pragma once
// The gradient law: backward gives the derivatives of sum_k dy_k y_k with respect to every input and every parameter,
// as forward itself gives them over dual numbers, one derivative a pass.

#include "laws/elements.hpp"
#include "laws/instance.hpp"

#include <algorithm>
#include <cmath>

namespace kiln::laws {

/// What a check of backward found. Errors are relative to the largest derivative of the same tensor.
struct GradientReport {
    double input_error = 0, parameter_error = 0;
    double without_dx_error = 0;         ///< of running it with dx = Nothing
    bool input_reached = false;          ///< whether some input has a derivative that is not zero
    bool all_parameters_reached = true;  ///< whether every parameter tensor has one
    bool adds_once = false;              ///< whether running backward again gives exactly twice the gradients
};

namespace detail {

/// The derivative of sum_k dy_k y_k with respect to whatever has slope 1.
template <class Oracle>
double directional(Oracle& oracle) {
    oracle.forward();
    double sum = 0;
    for (int k = 0; k < oracle.y.count; ++k) sum += oracle.y.data[k].slope * oracle.dy.data[k].value;
    return sum;
}

/// The largest distance of gradients from the oracle's, relative to the largest of those.
template <class Oracle>
double against(Oracle& oracle, const double* gradients, Dual<double>* variables, int count) {
    double worst = 0, size = 0;
    for (int i = 0; i < count; ++i) {
        variables[i].slope = 1;
        const double expected = directional(oracle), error = std::abs(gradients[i] - expected);
        variables[i].slope = 0;
        worst = std::isnan(error) ? HUGE_VAL : std::max(worst, error);
        size = std::max(size, std::abs(expected));
    }
    return size > 0 ? worst / size : worst;
}

}  // namespace detail

template <class L, class In>
GradientReport check_gradient(std::uint64_t seed) {
    using D = Dual<double>;
    Instance<L, In, double> layer(seed);
    Instance<L, In, D> oracle(seed);  // the same numbers: both are drawn as floats
    GradientReport report;

    layer.forward();
    layer.backward();
    report.input_error = detail::against(oracle, layer.dx.data, oracle.x.data, In::count);
    report.input_reached = magnitude(layer.dx) > 0;
    const auto variables = tensors_with<gradients_t<L, D, In>, D>(oracle.parameters);  // without frozen ones
    const auto gradients = tensors<double>(layer.gradients);
    for (std::size_t k = 0; k < variables.size(); ++k) {
        report.parameter_error = std::max(
            report.parameter_error, detail::against(oracle, gradients[k].data, variables[k].data, variables[k].count));
        report.all_parameters_reached &= magnitude(gradients[k]) > 0;
    }

    Instance<L, In, double> again(seed);
    again.forward();
    again.backward_without_dx();
    report.without_dx_error = record_distance<double>(again.gradients, layer.gradients);

    Instance<L, In, double> twice(seed);
    twice.forward();
    twice.backward();
    twice.backward();
    for (const Slice<double>& slice : gradients)
        for (double& value : slice) value *= 2;
    report.adds_once = record_distance<double>(twice.gradients, layer.gradients) == 0;
    return report;
}

}  // namespace kiln::laws
