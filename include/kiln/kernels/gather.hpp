// SPDX-License-Identifier: BSL-1.0
#pragma once
// Gathers samples, which lie one after the other in memory, into lanes, one sample in each.

#include <kiln/core/expects.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/core/tensor_view.hpp>
#include <kiln/kernels/transpose.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::kernels {

namespace detail {
// N pixels as floats, times scale. The conversion takes two steps, because compilers convert bytes to floats one by
// one.
template <int N>
KILN_NATIVE_VECTORS inline auto widened(const std::uint8_t* pixels, float scale) {
    using Bytes = typename kiln::detail::native_vector<std::uint8_t, N>::in_array;
    using Integers = typename kiln::detail::native_vector<std::int32_t, N>::type;
    using Floats = typename kiln::detail::native_vector<float, N>::type;
    const Integers whole = __builtin_convertvector(*reinterpret_cast<const Bytes*>(pixels), Integers);
    return __builtin_convertvector(whole, Floats) * (scale - Floats{});
}
template <int N>
KILN_NATIVE_VECTORS inline auto widened(const float* values, float scale) {
    using Array = typename kiln::detail::native_vector<float, N>::in_array;
    using Floats = typename kiln::detail::native_vector<float, N>::type;
    return *reinterpret_cast<const Array*>(values) * (scale - Floats{});
}
}  // namespace detail

/// x[i] in lane l = samples[l]->data[i], for samples and labels of whole numbers.
constexpr void gather_integers(const auto& samples, auto& x) {
    for (int i = 0; i < x.count; ++i) {
        int l = 0;
        for (const auto& sample : samples) set_lane(x.data[i], l++, static_cast<int>(sample->data[i]));
    }
}
/// The same for tokens, each below Values.
template <class E, class Place, int Values, int... Sizes>
constexpr void gather(const std::array<Place, static_cast<std::size_t>(width<E>)>& samples, float,
                      Tensor<E, Tokens<Values, Sizes...>>& x) {
    for ([[maybe_unused]] const Place& sample : samples)
        for (int i = 0; i < x.count; ++i)
            KILN_EXPECTS(0 <= static_cast<int>(sample->data[i]) && static_cast<int>(sample->data[i]) < Values);
    gather_integers(samples, x);
}

/// x[i] in lane l = (*samples[l])[i] scale, for samples of floats or of 8-bit pixels, or views of such.
template <class E, class S, class Place>
constexpr void gather(const std::array<Place, static_cast<std::size_t>(width<E>)>& samples, float scale,
                      Tensor<E, S>& x) {
    constexpr int L = width<E>, N = native_lanes;
    int whole = 0;
    if constexpr (L % N == 0 && std::is_same_v<scalar_t<E>, float>) {
        if (!std::is_constant_evaluated()) {
            using Array = typename kiln::detail::native_vector<float, N>::in_array;
            whole = S::count / N * N;
            for (int i = 0; i < whole; i += N)
                for (int l = 0; l < L; l += N)
                    detail::transpose_block<float, N>(
                        [&](int r) {
                            return detail::widened<N>(samples[static_cast<std::size_t>(l + r)]->data + i, scale);
                        },
                        [&](int r, const auto& row) { *reinterpret_cast<Array*>(x.data[i + r].v + l) = row; });
        }
    }
    for (int i = whole; i < S::count; ++i)
        for (int l = 0; l < L; ++l)
            set_lane(
                x.data[i], l,
                static_cast<scalar_t<E>>(static_cast<float>(samples[static_cast<std::size_t>(l)]->data[i]) * scale));
}

/// to = the sample in lane l of y.
template <class E, class S>
constexpr void extract(const Tensor<E, S>& y, int l, Tensor<float, S>& to) {
    for (int k = 0; k < S::count; ++k) to.data[k] = lane(y.data[k], l);
}
template <class E, class... S>
constexpr void extract(const Tensor<E, Shapes<S...>>& y, int l, Tensor<float, Shapes<S...>>& to) {
    [&]<int... I>(std::integer_sequence<int, I...>) { (extract(y.template get<I>(), l, to.template get<I>()), ...); }
    (std::make_integer_sequence<int, static_cast<int>(sizeof...(S))>{});
}

/// `gather` for samples of several tensors.
template <class E, class T, class... S>
constexpr void gather(const std::array<const Tensor<T, Shapes<S...>>*, static_cast<std::size_t>(width<E>)>& samples,
                      float scale, Tensor<E, Shapes<S...>>& x) {
    const auto gather_part = [&]<int I>(std::integral_constant<int, I>) {
        auto& part = x.template get<I>();
        using Dimensions = typename std::remove_cvref_t<decltype(part)>::Dimensions;
        std::array<const Tensor<T, Dimensions>*, static_cast<std::size_t>(width<E>)> parts{};
        for (std::size_t l = 0; l < parts.size(); ++l) parts[l] = &samples[l]->template get<I>();
        gather(parts, scale, part);
    };
    [&]<int... I>(std::integer_sequence<int, I...>) { (gather_part(std::integral_constant<int, I>{}), ...); }
    (std::make_integer_sequence<int, static_cast<int>(sizeof...(S))>{});
}

}  // namespace kiln::inline KILN_TARGET::kernels
