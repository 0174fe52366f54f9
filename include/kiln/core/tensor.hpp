// SPDX-License-Identifier: BSL-1.0
#pragma once
// A tensor is a plain aggregate of known size: elements in row-major order (last dimension contiguous), nothing else.
// `Tensor<float, S> t;` leaves the elements unset, `Tensor<float, S> t{}` zeroes them, `Tensor<float, Shape<2>> t{0,
// 1}` lists them. A tensor is stored where it is declared; it has no memory elsewhere.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/shape.hpp>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>

#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// A tensor of shape `S`: of elements `E` if S is a `Shape<…>`, of index_t<E> if S is a `Tokens<…>`.
template <class E, class S>
struct Tensor;

template <class E, int... Sizes>
struct Tensor<E, Shape<Sizes...>> {
    using Element = E;
    using Dimensions = Shape<Sizes...>;
    static constexpr int count = Dimensions::count;
    /// 64, a cache line, for a tensor of 64 bytes or more, so that vector loads of its start are aligned.
    static constexpr std::size_t alignment = sizeof(E) * count >= 64 && alignof(E) < 64 ? 64 : alignof(E);

    alignas(alignment) detail::ArrayOf<E, count> data;

    /// The element at a flat, row-major index.
    constexpr E& operator[](int i) { return data[checked(i)]; }
    constexpr const E& operator[](int i) const { return data[checked(i)]; }

    /// The element at one index per dimension.
    template <class... I>
    constexpr E& operator()(I... indices) {
        static_assert(
            one_each<I...>,
            "kiln: a tensor needs one index for each dimension, got more or fewer; try x(i, j) for two dimensions");
        return data[flat(static_cast<int>(indices)...)];
    }
    template <class... I>
    constexpr const E& operator()(I... indices) const {
        static_assert(
            one_each<I...>,
            "kiln: a tensor needs one index for each dimension, got more or fewer; try x(i, j) for two dimensions");
        return data[flat(static_cast<int>(indices)...)];
    }

    static constexpr int size() { return count; }
    constexpr E* begin() { return data; }
    constexpr E* end() { return data + count; }
    constexpr const E* begin() const { return data; }
    constexpr const E* end() const { return data + count; }

    friend constexpr bool operator==(const Tensor& a, const Tensor& b) {
        for (int i = 0; i < count; ++i)
            if (!(a.data[i] == b.data[i])) return false;
        return true;
    }

  private:
    static constexpr int checked(int i) {
        KILN_EXPECTS(0 <= i && i < count);
        return i;
    }
    template <class... I>
    static constexpr bool one_each = sizeof...(I) == sizeof...(Sizes);
    template <class... I>
    static constexpr int flat(I... indices) {
        int position = 0;
        if constexpr (one_each<I...>) {
            KILN_EXPECTS(((0 <= indices && indices < Sizes) && ...));
            ((position = position * Sizes + indices), ...);
        }
        return position;
    }
};

template <class E, int Values, int... Sizes>
struct Tensor<E, Tokens<Values, Sizes...>> : Tensor<index_t<E>, Shape<Sizes...>> {
    using Dimensions = Tokens<Values, Sizes...>;
};

/// Several tensors: one of each shape.
template <class E, class... S>
struct Tensor<E, Shapes<S...>> {
    using Element = E;
    using Dimensions = Shapes<S...>;

    boost::hana::basic_tuple<Tensor<E, S>...> parts;

    constexpr Tensor() = default;
    constexpr Tensor(const Tensor<E, S>&... each) requires(sizeof...(S) > 0) : parts(each...) {}

    /// The elements of all tensors.
    static constexpr int count = Dimensions::count;
    static constexpr int size() { return count; }
    /// The element at a flat index over all tensors, one after the other.
    constexpr E& operator[](int i) { return *find(*this, i); }
    constexpr const E& operator[](int i) const { return *find(*this, i); }

    /// Tensor I.
    template <int I>
    constexpr auto& get() {
        return boost::hana::at_c<static_cast<std::size_t>(I)>(parts);
    }
    template <int I>
    constexpr const auto& get() const {
        return boost::hana::at_c<static_cast<std::size_t>(I)>(parts);
    }

    friend constexpr bool operator==(const Tensor& a, const Tensor& b) {
        return [&]<int... I>(std::integer_sequence<int, I...>) {
            return (... && (a.template get<I>() == b.template get<I>()));
        }
        (std::make_integer_sequence<int, Dimensions::parts>{});
    }

  private:
    static constexpr auto* find(auto& tensors, int i) {
        KILN_EXPECTS(0 <= i && i < count);
        decltype(&tensors.template get<0>()[0]) found = nullptr;
        const auto look = [&](auto& tensor) {
            if (found == nullptr && i < tensor.count) found = &tensor[i];
            i -= tensor.count;
        };
        [&]<int... I>(std::integer_sequence<int, I...>) { (look(tensors.template get<I>()), ...); }
        (std::make_integer_sequence<int, Dimensions::parts>{});
        return found;
    }
};

namespace detail {
// Whether a target holds a label for each frame of a sequence.
template <class Target>
inline constexpr bool is_frame_labels = false;
template <int Frames>
inline constexpr bool is_frame_labels<Tensor<int, Shape<Frames>>> = true;

/// Tensor I of several, which have get<I>(), or the only one.
template <int I>
constexpr auto& tensor_of(auto& tensors) {
    if constexpr (requires { tensors.template get<I>(); })
        return tensors.template get<I>();
    else
        return tensors;
}
}  // namespace detail

/// Calls f with a tensor, or with each of several tensors.
template <class E, class S>
constexpr void for_each_tensor(const Tensor<E, S>& tensor, auto f) {
    f(tensor);
}
template <class E, class... S>
constexpr void for_each_tensor(const Tensor<E, Shapes<S...>>& tensors, auto f) {
    [&]<int... I>(std::integer_sequence<int, I...>) { (f(tensors.template get<I>()), ...); }
    (std::make_integer_sequence<int, static_cast<int>(sizeof...(S))>{});
}

/// The flat index of the largest element, the first of equals: the predicted class of a tensor of logits.
template <class E, int... Sizes>
constexpr int argmax(const Tensor<E, Shape<Sizes...>>& t) {
    int best = 0;
    for (int i = 1; i < t.count; ++i)
        if (t[i] > t[best]) best = i;
    return best;
}

}  // namespace kiln::inline KILN_TARGET
