// SPDX-License-Identifier: BSL-1.0
#pragma once
// The targets of a network with several outputs: one for each output, in their order.

#include <kiln/core/target.hpp>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>

#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// A target for each output: SeveralTargets<int, Tensor<float, Shape<2>>> are a label and a vector.
template <class... T>
struct SeveralTargets {
    static constexpr int parts = sizeof...(T);

    boost::hana::basic_tuple<T...> each;

    constexpr SeveralTargets() = default;
    constexpr SeveralTargets(const T&... targets) requires(sizeof...(T) > 0) : each(targets...) {}

    /// The target of output I.
    template <int I>
        requires(I < parts)
    constexpr auto& get() {
        return boost::hana::at_c<static_cast<std::size_t>(I)>(each);
    }
    template <int I>
        requires(I < parts)
    constexpr const auto& get() const {
        return boost::hana::at_c<static_cast<std::size_t>(I)>(each);
    }
};

}  // namespace kiln::inline KILN_TARGET
