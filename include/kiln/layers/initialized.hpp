// SPDX-License-Identifier: BSL-1.0
#pragma once
// Layers, or whole networks, whose weights do not start at the default values:
//
//   Initialized<Conv<1, 8, 3>, He>    Initialized<Sequential<…>, Orthogonal>
//
// Otherwise an initialized layer is the layer inside: the same passes, the same fusion, the same files.

#include <kiln/core/contract.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/scheme.hpp>

#include <boost/hana/accessors.hpp>
#include <boost/hana/core/to.hpp>
#include <boost/hana/first.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/second.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kiln {

template <class L, class Scheme>
struct Initialized;

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {
// `type` is the repair of L, initialized by the same scheme; void where no repair is known.
template <class L, class Scheme, class X>
struct initialized_repair {
    using type = void;
};
template <class L, class Scheme, class X>
    requires(!std::is_void_v<typename L::template repair<X>>)
struct initialized_repair<L, Scheme, X> {
    using type = Initialized<typename L::template repair<X>, Scheme>;
};

// Draws every tensor of two dimensions or more by the scheme. Sets a vector to 0 if its name begins with "bias".
template <class Scheme, class Record>
constexpr void draw_record(Record& record, auto& random) {
    if constexpr (tensor_count<Record> == 0) {
    } else if constexpr (is_pack<Record>) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            [[maybe_unused]] const int each[] = {0, (draw_record<Scheme>(part_of<I>(record), random), 0)...};
        }
        (std::make_index_sequence<size_of_pack<Record>>{});
    } else {
        hana::for_each(hana::accessors<Record>(), [&](auto accessor) {
            auto& tensor = hana::second(accessor)(record);
            const std::string_view name = hana::to<const char*>(hana::first(accessor));
            if constexpr (std::remove_cvref_t<decltype(tensor)>::Dimensions::rank > 1)
                Scheme::draw(tensor, random);
            else if (name.starts_with("bias"))
                tensor = {};
        });
    }
}
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// Layer `L`, whose own initialisation comes first. Then all its tensors of two dimensions or more are drawn anew by
/// the scheme (core/scheme.hpp), and its biases become 0. Other vectors, such as gains, stay.
template <class L, class Scheme>
struct Initialized : std::conditional_t<std::is_class_v<L>, L, Nothing> {
    using claims_of = std::conditional_t<MakesClaims<L>, Initialized, void>;
    using Plain = L;  ///< the layer without the scheme
    template <class X>
    using repair = typename detail::initialized_repair<L, Scheme, X>::type;

    static constexpr void initialize(auto& parameters, auto& random) {
        kiln::initialize<L>(parameters, random);
        if constexpr (!std::is_same_v<Scheme, PyTorchDefault>) detail::draw_record<Scheme>(parameters, random);
    }
};

}  // namespace kiln
