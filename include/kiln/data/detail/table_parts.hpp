// SPDX-License-Identifier: BSL-1.0
#pragma once
// The parts that the columns of a table fill: the inputs of a sample, and the targets.

#include <kiln/core/several_targets.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data::detail {

/// The parts of a sample or of targets T: counts() has the number of values of each, 0 for a label, and for_each(t, f)
/// calls f(part, its number). `are_read` says whether columns can fill them.
template <class T>
struct table_parts {
    static constexpr bool are_read = false;
};
template <>
struct table_parts<int> {
    static constexpr bool are_read = true;
    static std::vector<int> counts() { return {0}; }
    static void for_each(auto& label, auto f) { f(label, std::size_t{0}); }
};
template <int... Sizes>
struct table_parts<Tensor<float, Shape<Sizes...>>> {
    static constexpr bool are_read = true;
    static std::vector<int> counts() { return {Shape<Sizes...>::count}; }
    static void for_each(auto& tensor, auto f) { f(tensor, std::size_t{0}); }
};
template <int Frames>
struct table_parts<Tensor<int, Shape<Frames>>> {
    static constexpr bool are_read = true;
    static std::vector<int> counts() { return {Frames}; }
    static void for_each(auto& labels, auto f) { f(labels, std::size_t{0}); }
};
template <class... Parts>
struct several_table_parts {
    static constexpr bool are_read = sizeof...(Parts) > 0 && (... && table_parts<Parts>::are_read);
    static std::vector<int> counts() { return {table_parts<Parts>::counts()[0]...}; }
    static void for_each(auto& parts, auto f) {
        [&]<std::size_t... I>(std::index_sequence<I...>) { (f(parts.template get<static_cast<int>(I)>(), I), ...); }
        (std::index_sequence_for<Parts...>{});
    }
};
template <class... S>
struct table_parts<Tensor<float, Shapes<S...>>> : several_table_parts<Tensor<float, S>...> {};
template <class... Target>
struct table_parts<SeveralTargets<Target...>> : several_table_parts<Target...> {};

}  // namespace kiln::inline KILN_TARGET::data::detail
