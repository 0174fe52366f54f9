// SPDX-License-Identifier: BSL-1.0
#pragma once
// LOSS: only the starred members are required.
//
//   * template <class Out> using Target
//         the type of the target that an output of shape Out is compared with: a label (int), a Tensor<float, …>, or
//         for outputs Shape<T, classes> a label for each frame (Tensor<int, Shape<T>>, -1 for a frame that is left out)
//     static constexpr Fit fits(Extents output); needs<Out> as for layers
//         the outputs that the loss can be computed from; without these members all outputs
//     static constexpr bool valid(const Target<Out>&, Extents output)
//         whether a target can be learned at all (a label within the classes); without this member every target
//   * E operator()(const Tensor<E, Out>& y, const Targets<Loss, Out, E>& targets, const E& weight,
//                  Tensor<E, Out>& dy) const
//         the loss of each lane times its weight; sets dy to the derivative. `weight` is 1 / n, and 0 in lanes without
//         a sample
//     instead_of_probabilities
//         the type `logits` or `logarithms_of_probabilities`: the outputs that the loss needs, in the place of
//         probabilities. A network whose last layer puts out probabilities (Softmax, Sigmoid) is then refused; a user's
//         layer derived from one of these is not
//     float share(const Target<Out>&) const
//         the share of a sample in the mean (a class weight), 1 without this member. `weight` is then 1 / (sum of the
//         shares in the batch), and the loss itself multiplies by the sample's share
//         For labels of frames `float share(labels, int length)`: the share of the first `length` frames
//     E operator()(y, targets, weight, dy, const Pass& pass) const
//         the same for outputs Shape<T, …> of sequences with lengths (pass.length): the loss of frames behind a
//         sample's length is left out, and their dy is 0. `weight` is then 1 / (sum of length / T in the batch). A loss
//         of labels of frames does without it: the labels behind the length are -1
//     static constexpr JudgedBy judged_by
//         the figures by which `evaluate` and `fit` judge outputs besides the loss, none without this member.
//         JudgedBy::classes needs labels as targets, and labels of frames make it JudgedBy::frames; the others need
//         tensors of the output's shape
//     SettingFault fault() const
//         the first setting out of its range (core/setting_fault.hpp); the loss is then refused before the first step

#include <kiln/core/element.hpp>
#include <kiln/core/fit.hpp>
#include <kiln/core/pass.hpp>
#include <kiln/core/several_targets.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace kiln {

/// By which figures a network's outputs are judged, besides the loss. Where outputs are not a vector, the first
/// dimension has the labels, the classes of a distribution, or the values.
enum class JudgedBy {
    loss,           ///< none
    classes,        ///< is the largest output the label's: accuracy, confusion matrix, precision, recall, F1
    frames,         ///< as classes, for each frame of a sequence: accuracy, perplexity
    labels,         ///< is each output above 0 where its target is above 1/2, below elsewhere: the same for each label
    distributions,  ///< is the largest output where the largest target is: accuracy
    values          ///< how far off are outputs: mean absolute error, root mean square error, R²
};

}  // namespace kiln

namespace kiln::inline KILN_TARGET {

namespace detail {
template <class Target, class E>
struct targets_of {
    using type = std::array<Target, static_cast<std::size_t>(width<E>)>;
};
template <class Dims, class E>
struct targets_of<Tensor<float, Dims>, E> {
    using type = Tensor<E, Dims>;
};
template <class Dims, class E>
struct targets_of<Tensor<int, Dims>, E> {
    using type = Tensor<index_t<E>, Dims>;
};
template <class... Target, class E>
struct targets_of<SeveralTargets<Target...>, E> {
    using type = SeveralTargets<typename targets_of<Target, E>::type...>;
};
}  // namespace detail

/// The targets of one pass over elements E: a label for each lane, or a tensor with as many lanes (of int for labels of
/// frames).
template <class Loss, class Out, class E>
using Targets = typename detail::targets_of<typename Loss::template Target<Out>, E>::type;

/// Whether loss L can be computed from outputs of extents `output`.
template <class L>
constexpr Fit loss_fit(Extents output) {
    if constexpr (requires { L::fits(output); })
        return L::fits(output);
    else
        return {.out = output};
}

/// Whether loss L can learn this target.
template <class L>
constexpr bool valid_target(const auto& target, Extents output) {
    if constexpr (requires { L::valid(target, output); })
        return L::valid(target, output);
    else
        return true;
}

namespace detail {
template <class L, class Out>
constexpr bool fits_output = loss_fit<L>(Out::extents).fits;
template <class L, class... Out>
constexpr bool fits_output<L, Shapes<Out...>> = [] {
    if constexpr (requires { L::count; }) {
        if constexpr (L::count == sizeof...(Out)) return L::template fits_outputs<Out...>;
    }
    return false;
}();
template <class L, class Out>
struct validity {
    static constexpr bool of(const auto& target) { return valid_target<L>(target, Out::extents); }
};
template <class L, class... Out>
struct validity<L, Shapes<Out...>> {
    static constexpr bool of(const auto& targets) {
        if constexpr (requires { L::template valid_targets<Out...>(targets); })
            return L::template valid_targets<Out...>(targets);
        else
            return true;
    }
};
// Whether a loss counts samples differently, by labels or by tensors.
template <class L>
inline constexpr bool has_shares = requires(const L& loss) {
    loss.share(0);
}
|| requires { &L::share; }
|| requires(const L& loss, const Tensor<int, Shape<1>>& labels) { loss.share(labels, 1); };
}  // namespace detail

/// Whether loss L can learn this target of an output, or of outputs, of shape Out.
template <class L, class Out>
constexpr bool valid_target_of(const auto& target) {
    return detail::validity<L, Out>::of(target);
}

/// Whether loss L leaves out the frames behind a sample's length, in outputs of shape Out.
template <class L, class Out>
concept LeavesOutPadding =
    !detail::are_shapes<Out> &&
    (detail::is_frame_labels<typename L::template Target<Out>> ||
     requires(const L& loss, const Tensor<float, Out>& y, const Targets<L, Out, float>& targets, const float& weight,
              Tensor<float, Out>& dy, const Pass& pass) { loss(y, targets, weight, dy, pass); });

namespace detail {
template <class L>
concept SaysHowItJudges = requires {
    requires std::is_same_v<decltype(L::judged_by), const JudgedBy>;
};

// Whether the targets of loss L are those that go with its judgement.
template <class L, class Out>
constexpr bool judges_its_targets() {
    using Target = typename L::template Target<Out>;
    if constexpr (!SaysHowItJudges<L>)
        return true;
    else if constexpr (L::judged_by == JudgedBy::classes)
        return std::is_same_v<Target, int> || is_frame_labels<Target>;
    else
        return L::judged_by == JudgedBy::loss || std::is_same_v<Target, Tensor<float, Out>>;
}

template <class L, class Out>
constexpr JudgedBy judgement_of() {
    if constexpr (SaysHowItJudges<L> && !are_shapes<Out>) {
        if (!judges_its_targets<L, Out>()) return JudgedBy::loss;
        constexpr bool of_frames = Out::rank == 2 && L::judged_by == JudgedBy::classes;
        return of_frames ? JudgedBy::frames : L::judged_by;
    } else
        return JudgedBy::loss;
}
}  // namespace detail

/// By which figures outputs of shape Out are judged where loss L is minimised.
template <class L, class Out>
inline constexpr JudgedBy judgement = detail::judgement_of<L, Out>();

template <class L, class Out>
concept Loss = requires {
    typename L::template Target<Out>;
}
&&requires(const L& loss, const Tensor<float, Out>& y, const Targets<L, Out, float>& targets, const float& weight,
           Tensor<float, Out>& dy) {
    loss(y, targets, weight, dy);
};

/// The loss by which `evaluate` judges targets of this type if the call names none. A loss specialises default_loss in
/// its own header.
template <class Target>
struct default_loss;

}  // namespace kiln::inline KILN_TARGET
