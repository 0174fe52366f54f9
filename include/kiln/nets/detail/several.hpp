// SPDX-License-Identifier: BSL-1.0
#pragma once
// Several tensors that stand in different places, as the x and the dx of a layer that joins values.

#include <kiln/core/record.hpp>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>

#include <cstddef>

namespace kiln::inline KILN_TARGET::detail {

// References to several tensors: x and dx of a join.
template <class... T>
struct Several {
    static constexpr int count = sizeof...(T);
    hana::basic_tuple<T*...> tensors;

    template <int I>
    constexpr auto& get() const {
        return *hana::at_c<static_cast<std::size_t>(I)>(tensors);
    }
};
template <class... T>
constexpr Several<T...> several(T&... tensors) {
    return {hana::basic_tuple<T*...>{&tensors...}};
}

// Stands for a slope that nobody wants, and for a tape or scratch that a stage does not have.
inline Nothing absent;

}  // namespace kiln::inline KILN_TARGET::detail
