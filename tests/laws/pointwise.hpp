// SPDX-License-Identifier: BSL-1.0
#pragma once
// The laws of pointwise layers, on which fusion relies. `value` is the function that forward applies, and `slope(y,
// dy)` is dy f'(x) where y = f(x), as in backward. If the layer claims `monotone`, f never decreases, over all of
// float's range.

#include <kiln/core/contract.hpp>

#include "laws/elements.hpp"
#include "laws/instance.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace kiln::laws {

/// Errors of the members of a pointwise layer, relative to the largest value, and the place where it decreases.
struct PointwiseReport {
    double forward = 0, backward = 0, slope = 0;
    bool decreases = false;
    float at = 0;  ///< the value at the next sample above is smaller than the one here
};

/// Floats in ascending order: some hundred of every binade, and the ends of each kind of number.
inline std::vector<float> ascending_floats() {
    constexpr std::uint32_t infinity = 0x7f800000, stride = 0xffff;
    std::vector<float> all;
    using Limits = std::numeric_limits<float>;
    for (std::uint32_t bits = 0; bits <= infinity; bits += stride) all.push_back(std::bit_cast<float>(bits));
    for (const float end : {Limits::denorm_min(), Limits::min(), 1.0f, Limits::max(), Limits::infinity()})
        all.push_back(end);
    for (std::size_t i = all.size(); i-- > 0;) all.push_back(-all[i]);
    std::sort(all.begin(), all.end());
    return all;
}

/// Whether `value` decreases somewhere.
template <class L>
PointwiseReport check_monotone() {
    PointwiseReport report;
    const std::vector<float> samples = ascending_floats();
    float last = L::value(samples.front());
    for (std::size_t i = 1; i < samples.size(); ++i) {
        const float next = L::value(samples[i]);
        // Neighbours of equal value may be rounded differently. Not so for NaN, which is no value at all.
        const float rounding = std::isfinite(last) ? 8 * std::numeric_limits<float>::epsilon() * std::abs(last) : 0;
        if (!report.decreases && !(next >= last - rounding)) {
            report.decreases = true;
            report.at = samples[i - 1];
        }
        last = next;
    }
    return report;
}

template <Pointwise L>
PointwiseReport check_pointwise() {
    PointwiseReport report;
    if constexpr (L::monotone) report = check_monotone<L>();
    using In = Shape<64>;
    Instance<L, In, double> layer(1, 4);
    layer.forward();
    layer.backward();
    Tensor<double, In> value, slope, derivative;
    for (int i = 0; i < In::count; ++i) {
        value[i] = L::value(layer.x[i]);
        slope[i] = L::slope(layer.y[i], layer.dy[i]);
        derivative[i] = L::value(Oracle<double>(layer.x[i], 1)).slope * layer.dy[i];
    }
    report.forward = distance(value, layer.y);
    report.backward = distance(slope, layer.dx);
    report.slope = distance(slope, derivative);
    return report;
}

}  // namespace kiln::laws
