// SPDX-License-Identifier: BSL-1.0
#pragma once
// One step of an optimizer over whole records: a loop over the tensors' slices, in vectors of neighbouring parameters.

#include <kiln/core/lanes.hpp>
#include <kiln/core/record.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln {

namespace detail {

// One tensor: w and its moments are updated by rule(w, g, m...).
template <std::size_t Moments>
constexpr void update_slice(const auto& rule, const Slice<float>& w, const Slice<const float>& g,
                            const std::array<Slice<float>, Moments>& moments) {
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

}  // namespace detail

/// Applies an optimizer's rule to all parameters of a record, given their gradients and moments (records of the same type).
template <class Record, std::size_t Moments>
constexpr void update(const auto& rule, Record& parameters, const Record& gradients,
                      std::array<Record, Moments>& moments) {
    const auto w = tensors<float>(parameters);
    const auto g = tensors<const float>(gradients);
    std::array<decltype(tensors<float>(parameters)), Moments> m{};
    for (std::size_t j = 0; j < Moments; ++j) m[j] = tensors<float>(moments[j]);
    for (std::size_t k = 0; k < w.size(); ++k) {
        std::array<Slice<float>, Moments> of_tensor{};
        for (std::size_t j = 0; j < Moments; ++j) of_tensor[j] = m[j][k];
        if constexpr (requires { rule.needs_moments(); }) {
            if (!rule.needs_moments()) {
                detail::update_slice<0>(rule, w[k], g[k], {});
                continue;
            }
        }
        detail::update_slice<Moments>(rule, w[k], g[k], of_tensor);
    }
}

}  // namespace kiln
