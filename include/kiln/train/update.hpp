// SPDX-License-Identifier: BSL-1.0
#pragma once
// Arithmetic over whole records, such as one step of an optimizer: loops over the tensors' slices, in vectors of
// neighbouring parameters.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/record.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// One of `of` equal shards of every tensor, for `of` threads. Shards end where a native vector ends, so that each
/// element is computed in the same way for any number of shards.
struct Shard {
    int index = 0, of = 1;

    template <class S>
    constexpr Slice<S> operator()(const Slice<S>& whole) const {
        const auto end = [&](int shard) {
            const long long vectors = (whole.count + native_lanes - 1LL) / native_lanes;
            return shard == of ? whole.count : static_cast<int>(vectors * shard / of) * native_lanes;
        };
        return {whole.data + end(index), whole.extents, end(index + 1) - end(index)};
    }
};

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

constexpr double sum_of_squares(const Slice<const float>& tensor) {
    double sum = 0;
    for (const float value : tensor) sum += static_cast<double>(value) * static_cast<double>(value);
    return sum;
}

// True if all numbers of a tensor are finite. Infinities and NaN are the numbers with the largest exponent, so the
// largest magnitude decides. The loop has no early exit, because compilers turn it into vectors only without one; an
// early exit would cost several times as much.
[[gnu::noinline]] constexpr bool is_finite_throughout(const Slice<const float>& tensor) {
    std::uint32_t largest = 0;
    for (int i = 0; i < tensor.count; ++i) {
        const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(tensor.data[i]) & 0x7fffffff;
        largest = magnitude > largest ? magnitude : largest;
    }
    return largest < 0x7f800000;
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

/// Tensors first … end - 1 of a record, in the order of `tensors`.
struct TensorRange {
    int first = 0, end = 0;
};
template <class Record>
inline constexpr TensorRange all_tensors{0, tensor_count<Record>};

/// sum = ((sum + *terms[0]) + *terms[1]) + …, the first `count` of them, element by element.
template <class Record, std::size_t N>
constexpr void add(Record& sum, const std::array<const Record*, N>& terms, int count, Shard shard = {},
                   TensorRange range = all_tensors<Record>) {
    constexpr int block = 2048;  // this many stay in the first-level cache while all terms are added
    const auto to = tensors<float>(sum);
    std::array<decltype(tensors<const float>(sum)), N> from{};
    for (std::size_t t = 0; t < N; ++t) from[t] = tensors<const float>(*terms[t]);
    for (auto k = static_cast<std::size_t>(range.first); k < static_cast<std::size_t>(range.end); ++k) {
        const Slice<float> mine = shard(to[k]);
        for (int begin = 0; begin < mine.count; begin += block) {
            const int size = mine.count - begin < block ? mine.count - begin : block;
            float* const total = mine.data + begin;
            for (int t = 0; t < count; ++t) {
                const float* const term = shard(from[static_cast<std::size_t>(t)][k]).data + begin;
                for (int i = 0; i < size; ++i) total[i] += term[i];
            }
        }
    }
}

/// Sets the tensors of a record in `range` to zero.
template <class Record>
constexpr void set_zero(Record& record, TensorRange range) {
    const auto slices = tensors<float>(record);
    for (auto k = static_cast<std::size_t>(range.first); k < static_cast<std::size_t>(range.end); ++k)
        for (float& value : slices[k]) value = 0;
}

/// True if a shard of all tensors of a record is finite, that is, without infinities and NaN.
template <class Record>
constexpr bool is_finite(const Record& record, const Shard& shard) {
    bool finite = true;
    for (const Slice<const float>& whole : tensors<const float>(record))
        finite = detail::is_finite_throughout(shard(whole)) && finite;
    return finite;
}

/// The Euclidean norm of all numbers of a record. The squares are added in double, in the order of the tensors.
template <class Record>
constexpr float norm(const Record& record) {
    double sum = 0;
    for (const Slice<const float>& slice : tensors<const float>(record)) sum += detail::sum_of_squares(slice);
    return static_cast<float>(sqrt(sum));
}
/// The Euclidean norm of one tensor.
constexpr float norm(const Slice<const float>& tensor) {
    return static_cast<float>(sqrt(detail::sum_of_squares(tensor)));
}

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
