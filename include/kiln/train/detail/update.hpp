// SPDX-License-Identifier: BSL-1.0
#pragma once
// One step of an optimizer over a whole record: its rule is applied to the slices of the tensors, in vectors of
// neighbouring parameters.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/train/detail/record_arithmetic.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

namespace detail {

// Updates one tensor: rule(w, g, m...) updates w and its first `Moments` moments. Out of line: compiled once for
// tensors at any rate.
template <std::size_t Moments>
[[gnu::noinline]] constexpr void update_slice(const auto& rule, const Slice<float>& w, const Slice<const float>& g,
                                              const auto& moments) {
    const auto update = [&]<class E, std::size_t... M>(std::type_identity<E>, int i, std::index_sequence<M...>) {
        if constexpr (std::is_same_v<E, float>) {
            rule(w.data[i], g.data[i], moments[M].data[i]...);
        } else {
            E weight = E::load(w.data + i);
            std::array<E, Moments> moment{E::load(moments[M].data + i)...};
            rule(weight, E::load(g.data + i), moment[M]...);
            weight.store(w.data + i);
            (moment[M].store(moments[M].data + i), ...);
        }
    };
    constexpr std::make_index_sequence<Moments> each{};
    int i = 0;
    for (; i + native_lanes <= w.count; i += native_lanes)
        update(std::type_identity<Lanes<float, native_lanes>>{}, i, each);
    for (; i < w.count; ++i) update(std::type_identity<float>{}, i, each);
}

// takes<Rule>(index_sequence of M numbers) is true if the rule can be called with M moments.
template <std::size_t>
using Moment = float;
template <class Rule, std::size_t... M>
constexpr bool takes(std::index_sequence<M...>) {
    return TakesMoments<Rule, float, Moment<M>...>;
}

// Updates one tensor with as many moments as the rule uses, at most `Most`.
template <std::size_t Most, class Rule>
constexpr void update_with(const Rule& rule, const Slice<float>& w, const Slice<const float>& g, const auto& moments) {
    if constexpr (Most > 0 && ChoosesMoments<Rule>)
        if constexpr (takes<Rule>(std::make_index_sequence<Most - 1>{}))
            if (rule.moments_in_use() < static_cast<int>(Most)) return update_with<Most - 1>(rule, w, g, moments);
    update_slice<Most>(rule, w, g, moments);
}

}  // namespace detail

namespace detail {
template <std::size_t N>
inline constexpr std::array<float, N> rates_of_one = [] {
    std::array<float, N> rates{};
    for (float& rate : rates) rate = 1;
    return rates;
}();

// w += rate (rule(w) - w), in blocks.
template <std::size_t Moments>
[[gnu::noinline]] constexpr void update_at_rate(const auto& rule, float rate, const Slice<float>& w,
                                                const Slice<const float>& g,
                                                const std::array<Slice<float>, Moments>& moments) {
    constexpr int block = 32 * native_lanes;
    for (int begin = 0; begin < w.count; begin += block) {
        const int size = w.count - begin < block ? w.count - begin : block;
        const auto in_block = [&](const auto& slice) {
            auto inner = slice;
            inner.data += begin;
            inner.count = size;
            return inner;
        };
        float before[block] = {};
        float* const weight = w.data + begin;
        for (int i = 0; i < size; ++i) before[i] = weight[i];
        std::array<Slice<float>, Moments> moment{};
        for (std::size_t j = 0; j < Moments; ++j) moment[j] = in_block(moments[j]);
        update_with<Moments>(rule, in_block(w), in_block(g), moment);
        for (int i = 0; i < size; ++i) weight[i] = fma(rate, weight[i] - before[i], before[i]);
    }
}
}  // namespace detail

/// Applies an optimizer's rule to those tensors of a record of parameters that have gradients. Gradients and moments
/// are records of one type. Tensor k changes by rates[k] times the change of the rule; at 0 the tensor and its moments
/// stay as they are.
template <class Record, std::size_t Moments, std::size_t N = std::size_t{tensor_count<Record>}>
constexpr void update(const auto& rule, auto& parameters, const Record& gradients, std::array<Record, Moments>& moments,
                      Shard shard = {}, const std::array<float, N>& rates = detail::rates_of_one<N>) {
    const auto w = tensors_with<Record, float>(parameters);
    const auto g = tensors<const float>(gradients);
    std::array<std::array<Slice<float>, N>, Moments> m{};
    for (std::size_t j = 0; j < Moments; ++j) m[j] = tensors<float>(moments[j]);
    for (std::size_t k = 0; k < N; ++k) {
        if (rates[k] == 0) continue;
        std::array<Slice<float>, Moments> of_tensor{};
        for (std::size_t j = 0; j < Moments; ++j) of_tensor[j] = shard(m[j][k]);
        if (rates[k] == 1)
            detail::update_with<Moments>(rule, shard(w[k]), shard(g[k]), of_tensor);
        else
            detail::update_at_rate<Moments>(rule, rates[k], shard(w[k]), shard(g[k]), of_tensor);
    }
}

}  // namespace kiln::inline KILN_TARGET
