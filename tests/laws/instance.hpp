// SPDX-License-Identifier: BSL-1.0
#pragma once
// A layer at work (kiln/laws/instance.hpp), and the distance between two tensors.

#include <kiln/laws/instance.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kiln::laws {

/// The numbers in lane l.
template <class S = double, class E, class Dims>
constexpr Tensor<S, Dims> lane_of(const Tensor<E, Dims>& tensor, int l) {
    Tensor<S, Dims> numbers;
    for (int i = 0; i < Dims::count; ++i) numbers.data[i] = S(lane(tensor.data[i], l));
    return numbers;
}

/// The largest absolute value of a range.
inline double magnitude(const auto& range) {
    double most = 0;
    for (const auto& value : range) most = std::max(most, std::abs(static_cast<double>(value)));
    return most;
}

/// The largest difference of two ranges, relative to the largest value of the second, the reference. Infinite where
/// either holds a NaN.
inline double distance(const auto& range, const auto& reference) {
    double most = 0;
    auto other = reference.begin();
    for (const auto& value : range) {
        const double difference = std::abs(static_cast<double>(value) - static_cast<double>(*other++));
        most = difference <= std::numeric_limits<double>::max() ? std::max(most, difference)
                                                                : std::numeric_limits<double>::infinity();
    }
    const double size = magnitude(reference);
    return size > 0 ? most / size : most;
}

/// The largest distance between two records, tensor by tensor.
template <class S, class R>
double record_distance(const R& record, const R& reference) {
    const auto a = tensors<const S>(record), b = tensors<const S>(reference);
    double most = 0;
    for (std::size_t k = 0; k < a.size(); ++k) most = std::max(most, distance(a[k], b[k]));
    return most;
}

}  // namespace kiln::laws
