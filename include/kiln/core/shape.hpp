// SPDX-License-Identifier: BSL-1.0
#pragma once
// Shapes, as values and as types. Shapes are inferred as values (`Extents`, cheap to compute with in a constant
// expression); users and messages see the type `Shape<8, 13, 13>`. The order of the extents is channels, rows, columns;
// the batch is never part of a shape. A shape of whole numbers, such as the words of a text, is a `Tokens<50, 128>`.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/target.hpp>

#include <concepts>
#include <cstddef>
#include <utility>

namespace kiln {

/// The extents of a tensor as a value: rank, then one size per dimension. Structural, so it can be a template argument.
struct Extents {
    static constexpr int max_rank = 5;

    int rank = 0;
    int size[max_rank] = {};
    int values = 0;  ///< 0: real numbers; otherwise whole numbers from 0 to values - 1

    constexpr Extents() = default;
    constexpr Extents(std::same_as<int> auto... sizes) requires(sizeof...(sizes) <= max_rank)
        : rank(sizeof...(sizes)),
          size{sizes...} {}

    constexpr int operator[](int dimension) const { return size[dimension]; }

    /// Number of elements; 1 for rank 0. Saturates at `limit` instead of overflowing and treats a size below 1 as 1.
    constexpr long long count() const {
        long long product = 1;
        for (int i = 0; i < rank; ++i)
            product = size[i] < 1 ? product : product > limit / size[i] ? limit : product * size[i];
        return product;
    }

    /// Whether a tensor of these extents can exist: every size at least 1, and a count that fits in an int.
    constexpr bool valid() const {
        for (int i = 0; i < rank; ++i)
            if (size[i] < 1) return false;
        return rank > 0 && count() < limit;
    }

    friend constexpr bool operator==(const Extents&, const Extents&) = default;

    static constexpr long long limit = 0x7fffffff;
};

/// A shape as a type: `Shape<8, 13, 13>` is 8 channels of 13 rows by 13 columns.
template <int... Sizes>
struct Shape {
    static constexpr Extents extents = [] {  // rank 0, no valid shape, beyond max_rank
        if constexpr (sizeof...(Sizes) <= Extents::max_rank)
            return Extents{Sizes...};
        else
            return Extents{};
    }();
    static constexpr int rank = sizeof...(Sizes);
    static constexpr int count = static_cast<int>(extents.count());
};

/// A shape of whole numbers from 0 to Values - 1: `Tokens<50, 128>` is a text of 128 words out of 50. Tensors of this
/// shape hold integers. A layer takes them if it has `takes_tokens` (core/contract/layer.hpp).
template <int Values, int... Sizes>
struct Tokens {
    static constexpr Extents extents = [] {
        Extents x = Shape<Sizes...>::extents;
        x.values = Values;
        return x;
    }();
    static constexpr int rank = sizeof...(Sizes);
    static constexpr int count = static_cast<int>(extents.count());
};

/// Several shapes: those of the values that a layer joins, or of the inputs of a network that has several.
template <class... S>
struct Shapes {
    static constexpr int parts = sizeof...(S);
    static constexpr int count = [] {
        long long sum = 0;
        for (const int part : {0, S::count...}) sum += part;
        return static_cast<int>(sum < Extents::limit ? sum : Extents::limit);
    }();
};

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {
// A class template whose body computes the type, because g++ 12 crashes on the same expression in an alias template.
template <Extents X>
struct spell {
    template <std::size_t... I>
    static auto as_shape(std::index_sequence<I...>) -> Shape<X.size[I]...>;
    using type = decltype(as_shape(IndicesBelow<X.rank>{}));
};
template <Extents X>
    requires(X.values != 0)
struct spell<X> {
    template <std::size_t... I>
    static auto as_tokens(std::index_sequence<I...>) -> Tokens<X.values, X.size[I]...>;
    using type = decltype(as_tokens(IndicesBelow<X.rank>{}));
};

template <class T>
inline constexpr bool is_shape = false;
template <int... Sizes>
inline constexpr bool is_shape<Shape<Sizes...>> = true;
template <int Values, int... Sizes>
inline constexpr bool is_shape<Tokens<Values, Sizes...>> = true;
template <class... S>
inline constexpr bool is_shape<Shapes<S...>> = true;

template <class T>
inline constexpr bool is_tokens = false;
template <int Values, int... Sizes>
inline constexpr bool is_tokens<Tokens<Values, Sizes...>> = true;

template <class T>
inline constexpr bool is_valid_shape = false;
template <int... Sizes>
inline constexpr bool is_valid_shape<Shape<Sizes...>> = Shape<Sizes...>::extents.valid();
template <int Values, int... Sizes>
inline constexpr bool is_valid_shape<Tokens<Values, Sizes...>> = Values > 0 && Shape<Sizes...>::extents.valid();
template <class... S>
inline constexpr bool is_valid_shape<Shapes<S...>> = sizeof...(S) > 0 && (... && is_valid_shape<S>);

template <class S>
inline constexpr bool are_shapes = false;
template <class... S>
inline constexpr bool are_shapes<Shapes<S...>> = true;
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// The type of a shape with extents X; only here do extents become a type.
template <Extents X>
using shape_of = typename detail::spell<X>::type;

/// A type that names a shape for which tensors can exist.
template <class S>
concept ValidShape = detail::is_valid_shape<S>;

/// The number of positions of a window that slides over n places, with `padding` zeros on either side: floor((n + 2
/// padding - window) / stride) + 1. Total: at least 1 (also for a stride below 1), and saturates instead of
/// overflowing.
constexpr int slide(int n, int window, int stride, int padding = 0) {
    const long long room = static_cast<long long>(n) + 2LL * padding - window;
    if (stride < 1 || room < 0) return 1;
    const long long positions = room / stride + 1;
    return positions > Extents::limit ? static_cast<int>(Extents::limit) : static_cast<int>(positions);
}

}  // namespace kiln
