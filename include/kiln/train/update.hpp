// SPDX-License-Identifier: BSL-1.0
#pragma once
// Arithmetic over whole records, such as one step of an optimizer: loops over the tensors' slices, in vectors of
// neighbouring parameters.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/record.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln {

/// One of `of` equal parts of every tensor, for as many threads. Parts end where a native vector does, so that each
/// element is computed in the same way whatever the number of parts.
struct Part {
    int index = 0, of = 1;

    template <class S>
    constexpr Slice<S> operator()(const Slice<S>& whole) const {
        const auto end = [&](int part) {
            const long long vectors = (whole.count + native_lanes - 1LL) / native_lanes;
            return part == of ? whole.count : static_cast<int>(vectors * part / of) * native_lanes;
        };
        return {whole.data + end(index), whole.extents, end(index + 1) - end(index)};
    }
};

namespace detail {

// One tensor: w and its first moments are updated by rule(w, g, m...).
template <std::size_t Moments>
constexpr void update_slice(const auto& rule, const Slice<float>& w, const Slice<const float>& g, const auto& moments) {
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

// Whether a rule can be called with so many moments.
template <std::size_t>
using Moment = float;
template <class Rule, std::size_t... M>
constexpr bool takes(std::index_sequence<M...>) {
    return TakesMoments<Rule, float, Moment<M>...>;
}

// The same with as many moments as the rule uses, at most `Most`.
template <std::size_t Most, class Rule>
constexpr void update_with(const Rule& rule, const Slice<float>& w, const Slice<const float>& g, const auto& moments) {
    if constexpr (Most > 0 && ChoosesMoments<Rule>)
        if constexpr (takes<Rule>(std::make_index_sequence<Most - 1>{}))
            if (rule.moments_in_use() < static_cast<int>(Most)) return update_with<Most - 1>(rule, w, g, moments);
    update_slice<Most>(rule, w, g, moments);
}

}  // namespace detail

/// sum = ((sum + terms[0]) + terms[1]) + …, the first `count` of them, element by element.
template <class Record, std::size_t N>
constexpr void add(Record& sum, const std::array<Record, N>& terms, int count, Part part = {}) {
    constexpr int block = 2048;  // so many stay in the first-level cache while all terms are added
    const auto to = tensors<float>(sum);
    std::array<decltype(tensors<const float>(sum)), N> from{};
    for (std::size_t t = 0; t < N; ++t) from[t] = tensors<const float>(terms[t]);
    for (std::size_t k = 0; k < to.size(); ++k) {
        const Slice<float> mine = part(to[k]);
        for (int begin = 0; begin < mine.count; begin += block) {
            const int size = mine.count - begin < block ? mine.count - begin : block;
            float* const total = mine.data + begin;
            for (int t = 0; t < count; ++t) {
                const float* const term = part(from[static_cast<std::size_t>(t)][k]).data + begin;
                for (int i = 0; i < size; ++i) total[i] += term[i];
            }
        }
    }
}

/// The Euclidean norm of all numbers of a record, summed up in double and in their order.
template <class Record>
constexpr float norm(const Record& record) {
    double sum = 0;
    for (const Slice<const float>& slice : tensors<const float>(record)) sum += detail::sum_of_squares(slice);
    return static_cast<float>(sqrt(sum));
}
/// That of one tensor.
constexpr float norm(const Slice<const float>& tensor) {
    return static_cast<float>(sqrt(detail::sum_of_squares(tensor)));
}

/// Applies an optimizer's rule to all parameters of a record, given their gradients and moments (records of the same
/// type).
template <class Record, std::size_t Moments>
constexpr void update(const auto& rule, Record& parameters, const Record& gradients,
                      std::array<Record, Moments>& moments, Part part = {}) {
    const auto w = tensors<float>(parameters);
    const auto g = tensors<const float>(gradients);
    std::array<decltype(tensors<float>(parameters)), Moments> m{};
    for (std::size_t j = 0; j < Moments; ++j) m[j] = tensors<float>(moments[j]);
    for (std::size_t k = 0; k < w.size(); ++k) {
        std::array<Slice<float>, Moments> of_tensor{};
        for (std::size_t j = 0; j < Moments; ++j) of_tensor[j] = part(m[j][k]);
        detail::update_with<Moments>(rule, part(w[k]), part(g[k]), of_tensor);
    }
}

}  // namespace kiln
