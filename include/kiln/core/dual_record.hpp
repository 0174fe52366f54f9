// SPDX-License-Identifier: BSL-1.0
#pragma once
// Records of dual numbers: parameters that move along a direction, and gradients with their slopes. Numbers are Dual<T>,
// or a Dual of these; slopes are then those of the slopes.

#include <kiln/core/dual.hpp>
#include <kiln/core/record.hpp>

#include <cstddef>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

namespace detail {
template <class T>
constexpr float innermost_slope(const T& number) {
    if constexpr (requires { number.slope; })
        return innermost_slope(number.slope);
    else
        return static_cast<float>(number);
}
template <class T>
constexpr float innermost_value(const T& number) {
    if constexpr (requires { number.value; })
        return innermost_value(number.value);
    else
        return static_cast<float>(number);
}
template <class S>
constexpr void add_numbers(const auto& from, auto& to, auto number_of) {
    const auto source = tensors<const S>(from);
    const auto sum = tensors<float>(to);
    for (std::size_t k = 0; k < sum.size(); ++k)
        for (int i = 0; i < sum[k].count; ++i) sum[k].data[i] += number_of(source[k].data[i]);
}
}  // namespace detail

/// Copies a record of floats to one of scalars S; dual numbers get slope 0.
template <class S>
constexpr void copy_record(const auto& from, auto& to) {
    const auto source = tensors<const float>(from);
    const auto target = tensors<S>(to);
    for (std::size_t k = 0; k < target.size(); ++k)
        for (int i = 0; i < target[k].count; ++i) target[k].data[i] = S(source[k].data[i]);
}
/// Copies a record of floats to one of dual numbers S, whose slopes are the numbers of `direction`.
template <class S>
constexpr void copy_record(const auto& from, const auto& direction, auto& to) {
    using T = std::remove_cvref_t<decltype(S{}.value)>;
    const auto source = tensors<const float>(from), slope = tensors<const float>(direction);
    const auto target = tensors<S>(to);
    for (std::size_t k = 0; k < target.size(); ++k)
        for (int i = 0; i < target[k].count; ++i) target[k].data[i] = S(T(source[k].data[i]), T(slope[k].data[i]));
}

/// to += the slopes of a record of dual numbers S; of dual numbers of dual numbers, the slopes of the slopes.
template <class S>
constexpr void add_slopes(const auto& from, auto& to) {
    detail::add_numbers<S>(from, to, [](const S& number) { return detail::innermost_slope(number); });
}
/// to += the values of a record of dual numbers S.
template <class S>
constexpr void add_values(const auto& from, auto& to) {
    detail::add_numbers<S>(from, to, [](const S& number) { return detail::innermost_value(number); });
}

}  // namespace kiln::inline KILN_TARGET
