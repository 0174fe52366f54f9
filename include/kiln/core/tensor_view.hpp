// SPDX-License-Identifier: BSL-1.0
#pragma once
// A view of a tensor that lies within a longer array: a window of a series, a row of a table. It stands where a pointer
// to a tensor stands as well, so that samples of both kinds are gathered by the same code.

#include <kiln/core/expects.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/target.hpp>

namespace kiln::inline KILN_TARGET {

/// The S::count values from `data` on, as a tensor of shape S in row-major order; values of Tokens are integers T.
template <class T, class S>
struct TensorView {
    using Element = T;
    using Dimensions = S;
    static constexpr int count = S::count;

    const T* data = nullptr;

    constexpr const T& operator[](int i) const {
        KILN_EXPECTS(0 <= i && i < count);
        return data[i];
    }
    static constexpr int size() { return count; }
    constexpr const T* begin() const { return data; }
    constexpr const T* end() const { return data + count; }

    constexpr const TensorView& operator*() const { return *this; }
    constexpr const TensorView* operator->() const { return this; }
};

namespace detail {
// Where a sample or a target stands: the address of a tensor, or a view itself.
template <class T>
constexpr const T* place_of(const T& tensor) {
    return &tensor;
}
template <class T>
const T* place_of(const T&& tensor) = delete;
template <class T, class S>
constexpr TensorView<T, S> place_of(TensorView<T, S> view) {
    return view;
}
}  // namespace detail

}  // namespace kiln::inline KILN_TARGET
