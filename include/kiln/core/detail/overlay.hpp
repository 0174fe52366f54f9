// SPDX-License-Identifier: BSL-1.0
#pragma once
// Values that are not all alive at the same time, in shared bytes: the working memory of a pass. A layout (a type with
// constants `bytes` and `offset[i]`) gives the place of each value. The user of an overlay keeps track of which values
// are alive. Nothing is initialised.
//
// In a constant expression bytes cannot be read as tensors, so there every value has memory of its own, which ends with
// the evaluation.

#include <kiln/core/record.hpp>

#include <boost/hana/basic_tuple.hpp>

#include <array>
#include <cstddef>
#include <new>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

namespace detail {
// Value I of a pass: at an offset in the bytes, or without bytes part I of a tuple. Neither the tuple nor the layout is
// a template argument, so that the function's name stays short (see part_of).
template <bool InBytes, std::size_t I, std::size_t Offset, class T, bool Empty>
constexpr T& value_in([[maybe_unused]] std::byte* bytes, _hana::ebo<hana::detail::bti<I>, T, Empty>* tuple) {
    if constexpr (InBytes)
        if (!std::is_constant_evaluated()) {
            static_assert(Offset % alignof(T) == 0);
            return *std::launder(reinterpret_cast<T*>(bytes + Offset));
        }
    return element_in<T, Empty>(*tuple);
}
}  // namespace detail

/// Storage for one value of each type `T`, at the offsets that `Layout` gives.
template <class Layout, class... T>
class Overlay {
    using Apart = hana::basic_tuple<T...>;

  public:
    using Offsets = Layout;
    static constexpr std::size_t bytes = Layout::bytes;

    // The built-in function, not the library's: then g++ leaves `new` out also of unoptimised programs, which may have
    // no heap.
    constexpr Overlay() {
        if (__builtin_is_constant_evaluated()) apart = new Apart;
    }
    constexpr ~Overlay() {
        if (__builtin_is_constant_evaluated()) delete apart;
    }
    Overlay(const Overlay&) = delete;
    Overlay& operator=(const Overlay&) = delete;

    /// Value I, which must be alive.
    template <std::size_t I>
    constexpr auto& get() {
        return detail::value_in<true, I, Layout::offset[I]>(place(), tuple());
    }
    // The arguments for a direct call of `value_in`: the bytes, or in a constant expression the tuple.
    constexpr std::byte* place() { return std::is_constant_evaluated() ? nullptr : storage; }
    constexpr Apart* tuple() { return std::is_constant_evaluated() ? apart : nullptr; }

  private:
    static constexpr bool all_fit = [] {
        std::size_t i = 0;
        for (const std::size_t size : std::array<std::size_t, sizeof...(T)>{(std::is_empty_v<T> ? 0 : sizeof(T))...}) {
            if (size > 0 && Layout::offset[i] + size > Layout::bytes) return false;
            ++i;
        }
        return true;
    }();
    static_assert(all_fit);

    union {
        alignas(64) std::byte storage[Layout::bytes];
        Apart* apart;
    };
};

}  // namespace kiln::inline KILN_TARGET
