// SPDX-License-Identifier: BSL-1.0
#pragma once
// The law of second derivatives. Backward over dual numbers gives, besides the derivatives, their changes along a
// direction in which x, dy and the parameters move: the slopes of dx and of the gradients. Compared with the difference
// of two passes over plain numbers, at both sides along the direction.

#include <kiln/core/dual.hpp>
#include <kiln/core/lanes.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

namespace kiln::laws {

/// The largest differences, each relative to the largest number of its tensor, and the largest second derivative.
struct SecondReport {
    double value = 0;  ///< of dx and gradients themselves
    double slope = 0;  ///< of their slopes
    double size = 0;   ///< the largest slope
};

namespace detail {

// Everything in which a pass of one sample varies, as numbers one after the other.
template <class S>
void for_each_variable(auto& instance, auto visit) {
    if constexpr (!kiln::detail::is_tokens<typename std::remove_cvref_t<decltype(instance.x)>::Dimensions>)
        for (auto& value : instance.x) visit(value);
    for (auto& value : instance.dy) visit(value);
    for (const Slice<S>& slice : tensors<S>(instance.parameters))
        for (S& value : slice) visit(value);
}
// Everything that backward computes, tensor by tensor.
template <class S>
void for_each_result(auto& instance, auto visit) {
    if constexpr (!kiln::detail::is_tokens<typename std::remove_cvref_t<decltype(instance.x)>::Dimensions>)
        visit(instance.dx.data, instance.dx.count);
    for (const Slice<S>& slice : tensors<S>(instance.gradients)) visit(slice.data, slice.count);
}

}  // namespace detail

/// Compares layer L over Dual<T>, where T is float or double, with differences of passes over double.
template <class L, class In, class T>
SecondReport check_second(std::uint64_t seed) {
    using Moving = Instance<L, In, Dual<T>>;
    using Still = Instance<L, In, double>;
    const auto moving = std::make_unique<Moving>(seed);
    const auto ahead = std::make_unique<Still>(seed), behind = std::make_unique<Still>(seed);  // the same numbers
    constexpr double step = 1e-5;
    const auto directions = [&](auto& instance, auto move) {
        Random random{Seed{seed + 1}};
        using S = typename std::remove_cvref_t<decltype(instance)>::Scalar;
        detail::for_each_variable<S>(instance, [&](auto& value) { move(value, random.uniform(-1, 1)); });
    };
    directions(*moving, [](Dual<T>& value, float direction) { value.slope = T(direction); });
    directions(*ahead, [&](double& value, float direction) { value += step * double(direction); });
    directions(*behind, [&](double& value, float direction) { value -= step * double(direction); });
    for (Still* instance : {ahead.get(), behind.get()}) {
        instance->forward();
        instance->backward();
    }
    moving->forward();
    moving->backward();

    std::vector<const double*> after, before;
    detail::for_each_result<double>(*ahead, [&](const double* data, int) { after.push_back(data); });
    detail::for_each_result<double>(*behind, [&](const double* data, int) { before.push_back(data); });
    SecondReport report;
    std::size_t k = 0;
    detail::for_each_result<Dual<T>>(*moving, [&](const Dual<T>* data, int count) {
        double value_error = 0, slope_error = 0, value_size = 0, slope_size = 0;
        for (int i = 0; i < count; ++i) {
            const double value = (after[k][i] + before[k][i]) / 2, slope = (after[k][i] - before[k][i]) / (2 * step);
            const auto see = [](double& most, double found) { most = found <= most ? most : std::abs(found); };
            see(value_error, std::abs(double(data[i].value) - value));
            see(slope_error, std::abs(double(data[i].slope) - slope));
            see(value_size, std::abs(value));
            see(slope_size, std::abs(slope));
        }
        ++k;
        report.value = std::max(report.value, value_error / std::max(value_size, 1e-3));
        report.slope = std::max(report.slope, slope_error / std::max(slope_size, 1e-3));
        report.size = std::max(report.size, slope_size);
    });
    return report;
}

/// The largest difference between layer L over Dual<Lanes<float, 8>> and over Dual<float>, one sample after the other.
template <class L, class In>
double check_second_in_lanes(std::uint64_t seed) {
    using Lane = Dual<float>;
    using Packed = Dual<Lanes<float, 8>>;
    const auto packed = std::make_unique<Instance<L, In, Packed>>(seed);
    const auto one = std::make_unique<Instance<L, In, Lane>>(seed);
    Random random{Seed{seed + 1}};
    detail::for_each_variable<Lane>(*packed, [&](auto& value) {
        using Number = std::remove_cvref_t<decltype(value)>;
        if constexpr (width < Number >> 1) {
            for (int l = 0; l < width<Number>; ++l) {
                Lane number = lane(value, l);
                number.slope = random.uniform(-1, 1);
                set_lane(value, l, number);
            }
        } else {
            value.slope = random.uniform(-1, 1);
        }
    });
    packed->forward();
    packed->backward();
    one->parameters = packed->parameters;
    double most = 0;
    const auto compare = [&](double a, double b, double size) {
        most = std::abs(a - b) <= most * size ? most : std::abs(a - b) / size;
    };
    for (int l = 0; l < 8; ++l) {
        for (int i = 0; i < one->x.count; ++i) one->x.data[i] = lane(packed->x.data[i], l);
        for (int i = 0; i < one->dy.count; ++i) one->dy.data[i] = lane(packed->dy.data[i], l);
        one->first_sample = l;
        one->forward();
        one->backward();
        if constexpr (!kiln::detail::is_tokens<In>)
            for (int i = 0; i < one->dx.count; ++i) {
                const Lane found = lane(packed->dx.data[i], l), expected = one->dx.data[i];
                compare(found.value, expected.value, 1 + std::abs(expected.value));
                compare(found.slope, expected.slope, 1 + std::abs(expected.slope));
            }
    }
    const auto found = tensors<Lane>(packed->gradients), expected = tensors<Lane>(one->gradients);
    for (std::size_t k = 0; k < found.size(); ++k)
        for (int i = 0; i < found[k].count; ++i) {
            const Lane a = found[k].data[i], b = expected[k].data[i];
            compare(a.value, b.value, 1 + std::abs(b.value));
            compare(a.slope, b.slope, 1 + std::abs(b.slope));
        }
    return most;
}

}  // namespace kiln::laws
