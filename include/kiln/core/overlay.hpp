// SPDX-License-Identifier: BSL-1.0
#pragma once
// Values that are not all alive at the same time, in shared bytes: the working memory of a pass. A layout (a type with
// constants `bytes` and `offset[i]`) says where each value lies; who uses it keeps track of which are alive. Nothing is
// initialised.
//
// In a constant expression bytes cannot be read as tensors, so there the values lie apart, in memory that ends with the
// evaluation.

#include <kiln/core/target.hpp>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// Storage for one value of each type `T`, at the offsets that `Layout` gives.
template <class Layout, class... T>
class Overlay {
    using Apart = boost::hana::basic_tuple<T...>;
    template <int I>
    using Part = std::remove_reference_t<decltype(boost::hana::at_c<I>(std::declval<Apart&>()))>;

  public:
    static constexpr std::size_t bytes = Layout::bytes;

    // The built-in function and not the library's: g++ then leaves `new` out of unoptimised programs too, which may have no
    // heap.
    constexpr Overlay() {
        if (__builtin_is_constant_evaluated()) apart = new Apart;
    }
    constexpr ~Overlay() {
        if (__builtin_is_constant_evaluated()) delete apart;
    }
    Overlay(const Overlay&) = delete;
    Overlay& operator=(const Overlay&) = delete;

    /// Value I. Whoever asks knows that it is alive.
    template <int I>
    constexpr Part<I>& get() {
        if (std::is_constant_evaluated()) return boost::hana::at_c<I>(*apart);
        static_assert(std::is_empty_v<Part<I>> || Layout::offset[I] + sizeof(Part<I>) <= Layout::bytes);
        static_assert(Layout::offset[I] % alignof(Part<I>) == 0);
        return *std::launder(reinterpret_cast<Part<I>*>(storage + Layout::offset[I]));
    }

  private:
    union {
        alignas(64) std::byte storage[Layout::bytes];
        Apart* apart;
    };
};

}  // namespace kiln::inline KILN_TARGET
