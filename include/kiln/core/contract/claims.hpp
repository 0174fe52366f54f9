// SPDX-License-Identifier: BSL-1.0
#pragma once
// CLAIMS: some members of a layer say once more, in other words, how forward computes, so that others can do its work. A
// derived class inherits them, and may have another forward. So claims count for the very type that makes them, and for
// none derived from it: for a layer without base classes and constructors, and for one that names itself.
//
//     using claims_of = L
//         in layer L: all claims of L, its own and inherited ones, are true of L
//
//   A layer whose claims do not count is run, trained and saved as ever, is neither fused nor folded, and cannot be
//   exported. The laws of layers check claims (tests/laws/layer.hpp).
//
// FUSION: a layer may do the work of those behind it as well, in one pass over memory. Reports, names and files show what
// the user wrote; only the values between fused layers do not exist.
//
//     template <class In, class... Next> using fused
//         a layer that equals this one followed by Next…, or void; it has this one's parameters
//
//   Those behind it offer what they do as a function:
//     pointwise layers: value(x), slope(y, dy) = dy f'(x) where y = f(x), and `monotone`: whether f never decreases
//     max pooling: `max_pool_window`, 0 unless windows are disjoint (stride = window)
//
// FOLDING: a network for inference does without what only training needs (model/fold.hpp).
//
//     static constexpr bool identity_in_inference
//         whether forward then changes nothing
//     static void as_affine(parameters, state, scale, shift)
//         sets the factor and the offset of each channel, of a layer that multiplies and adds nothing else in inference
//     static void absorb(parameters, scale, shift)
//         changes the parameters so that each channel of the output is multiplied and moved so as well
//     using absorber
//         the layer that can absorb in the place of this one, or void. It has this one's parameters and behind them some,
//         such as a bias, that change nothing while they are 0
//     using Plain
//         of a layer that only starts otherwise, the layer that it is (layers/initialized.hpp)
//
// FREEZING: a frozen layer has no gradients (nets/frozen.hpp).
//
//     static constexpr bool backward_without_gradients
//         whether backward may be called where at.gradients is Nothing, and then sets dx alone
//
// EXPORT: a layer may say what it is to others, as a graph of ONNX's operators (io/describe.hpp).
//
//     static void describe(x, y, at)
//         sets y to what inference makes of x, which has `extents`: y = x.then("Gemm", at.parameters.weight,
//         at.parameters.bias).with("transB", 1). A container hands x to its parts: y = x.through<I, Part>(at). x and y
//         are values of the graph; at has parameters and state, all else is Nothing

#include <kiln/core/target.hpp>

#include <concepts>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

namespace detail {
// Converts to every base class of L, with which an aggregate that has one can be initialised.
template <class L>
struct AnyBase {
    template <class B>
        requires(std::is_base_of_v<B, L> && !std::is_same_v<B, L>)
    operator B() const;
};
template <class L>
concept HasBase = requires {
    L{AnyBase<L>{}};
};
template <class L>
inline constexpr bool makes_claims = std::is_aggregate_v<L> && !HasBase<L>;
template <class L>
    requires requires { typename L::claims_of; }
inline constexpr bool makes_claims<L> = std::is_same_v<typename L::claims_of, L>;
}  // namespace detail

/// A layer whose claims are its own: it inherits none, or says that they are true of it.
template <class L>
concept MakesClaims = detail::makes_claims<L>;

/// A layer that applies one function to every element, and knows its slope from its output.
template <class L>
concept Pointwise = MakesClaims<L> && requires(const float& x) {
    { L::value(x) } -> std::same_as<float>;
    { L::slope(x, x) } -> std::same_as<float>;
    { L::monotone } -> std::convertible_to<bool>;
};

/// A layer that takes the largest of every disjoint window of a map.
template <class L>
concept MaxPooling = MakesClaims<L> && requires {
    { L::max_pool_window } -> std::convertible_to<int>;
};

namespace detail {
template <class L, class In, class... Next>
struct fused_with {
    using type = void;
};
template <class L, class In, class... Next>
    requires(MakesClaims<L>&& requires { typename L::template fused<In, Next...>; })
struct fused_with<L, In, Next...> {
    using type = typename L::template fused<In, Next...>;
};
}  // namespace detail

/// The layer that does the work of L and then Next…, or void.
template <class L, class In, class... Next>
using fused_t = typename detail::fused_with<L, In, Next...>::type;

}  // namespace kiln::inline KILN_TARGET
