// SPDX-License-Identifier: BSL-1.0
#pragma once
// CLAIMS: members of a layer that say how forward computes, so that other code can do the layer's work. A class derived
// from the layer inherits its claims, but may have another forward. So claims count only for the type that makes them:
// for a layer without base classes and constructors, and for a layer whose `claims_of` names itself.
//
//     using claims_of = L
//         in layer L: all claims of L, its own and inherited ones, are true of L
//
//   A layer whose claims do not count runs, trains and is saved like any other, but is neither fused nor folded, and
//   cannot be exported. The laws of layers check claims (tests/laws/layer.hpp).
//
// FUSION: a layer may do the work of the layers behind it as well, in one pass over memory. Reports, names and files
// show the layers that the user wrote, but the values between fused layers do not exist.
//
//     template <class In, class... Next> using fused
//         a layer that equals this one followed by Next…, or void; it has this one's parameters
//
//   The layers behind it offer their work as a function:
//     pointwise layers: value(x), slope(y, dy) = dy f'(x) where y = f(x), and `monotone`: whether f never decreases
//     pointwise layers whose f' does not follow from y: `template <class L> using following`, a layer that equals L
//         followed by this one, where L's forward takes an epilogue; and `monotone`
//     max pooling: `max_pool_window`, 0 unless windows are disjoint (stride = window)
//     the end of a sequence: `takes_last_frame`, whether y is the frame of x at which the sample ends
//
// FOLDING: a network for inference leaves out the layers that only training needs (model/fold.hpp).
//
//     static constexpr bool identity_in_inference
//         whether forward in inference is y = x
//     static void as_affine(parameters, state, scale, shift)
//         for a layer that in inference only multiplies and adds: sets the factor and the offset of each channel
//     static void absorb(parameters, scale, shift)
//         changes the parameters so that each channel of the output is multiplied by `scale` and moved by `shift`
//     using absorber
//         the layer that can absorb in the place of this one, or void. Its parameters begin with this layer's; the
//         others, such as a bias, change nothing while they are 0
//     using Plain
//         for a layer with an initialisation of its own: the layer without it (layers/initialized.hpp)
//
// FREEZING: a frozen layer has no gradients (nets/frozen.hpp).
//
//     static constexpr bool backward_without_gradients
//         whether backward may be called where at.gradients is Nothing, and then sets dx alone
//
// GRAPHS: within a wired container (core/contract/wiring.hpp) values are overwritten when nobody needs them any more.
//
//     static constexpr bool reads_input, reads_output
//         whether backward reads x, and y; true without the member
//     static constexpr bool is_identity
//         whether y = x in training too; then the layer is no node of the graph, and the part's output is its input
//
// FRAMES: a layer may be applied to every frame of a sequence (nets/each.hpp).
//
//     static constexpr bool is_product
//         whether forward is y = finish(bias + weight x), where `weight` (Out, In) and `bias` (Out, or Nothing) are its
//         parameters; then all frames are one product
//
// EXPORT: a layer may describe itself to other programs, as a graph of ONNX's operators (io/describe.hpp).
//
//     static void describe(x, y, at)
//         sets y to the result of inference on x, which has `extents`: y = x.then("Gemm", at.parameters.weight,
//         at.parameters.bias).with("transB", 1). A container passes x on to its parts: y = x.through<I, Part>(at). x
//         and y are values of the graph; `at` has parameters and state, and Nothing else

#include <kiln/core/target.hpp>

#include <concepts>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

namespace detail {
// Converts to every base class of L. An aggregate with a base class can be initialised from it.
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

/// A layer whose claims count: it inherits none, or says that they are true of itself.
template <class L>
concept MakesClaims = detail::makes_claims<L>;

/// A layer that applies one function to every element and computes f' from its output.
template <class L>
concept Pointwise = MakesClaims<L> && requires(const float& x) {
    { L::value(x) } -> std::same_as<float>;
    { L::slope(x, x) } -> std::same_as<float>;
    { L::monotone } -> std::convertible_to<bool>;
};

/// A layer that applies one function to every element, and brings the layer that L and itself fuse to: following<L>.
template <class L>
concept FusesBehind = MakesClaims<L> && requires {
    typename L::template following<L>;
    { L::monotone } -> std::convertible_to<bool>;
};

/// A layer that may pool by maximum: max_pool_window is the size of disjoint windows, or 0.
template <class L>
concept MaxPooling = MakesClaims<L> && requires {
    { L::max_pool_window } -> std::convertible_to<int>;
};

/// A layer that takes the last frame of a sequence.
template <class L>
concept TakesLastFrame = MakesClaims<L> && requires {
    requires L::takes_last_frame;
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

/// Whether backward of layer L reads x, and y. If it claims not to, the value may be overwritten early.
template <class L>
inline constexpr bool reads_input = true;
template <class L>
    requires(MakesClaims<L>&& requires { L::reads_input; })
inline constexpr bool reads_input<L> = L::reads_input;
template <class L>
inline constexpr bool reads_output = true;
template <class L>
    requires(MakesClaims<L>&& requires { L::reads_output; })
inline constexpr bool reads_output<L> = L::reads_output;

/// A layer that is a product of a matrix with its input, and an offset.
template <class L>
concept ProductLayer = MakesClaims<L> && requires {
    requires L::is_product;
};

/// The layer that does the work of L followed by Next…, or void.
template <class L, class In, class... Next>
using fused_t = typename detail::fused_with<L, In, Next...>::type;

}  // namespace kiln::inline KILN_TARGET
