// SPDX-License-Identifier: BSL-1.0
#pragma once
// How good a model is on a data set. The loss decides how outputs are judged (JudgedBy in core/contract/loss.hpp): by classes,
// by labels, as distributions, as values, or by nothing else.
//
//     std::cout << kiln::evaluate(model, mnist.test) << '\n';                      // labels: by CrossEntropy
//     const auto tags = kiln::evaluate(model, photos, kiln::BinaryCrossEntropy{});  // .exact_match, .macro_f1(), …
//     const auto price = kiln::evaluate(model, homes, trainer.loss(), unit);        // errors in the user's unit

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/train/detail/judges.hpp>
#include <kiln/train/detail/lengths.hpp>
#include <kiln/train/evaluation.hpp>
#include <kiln/train/options.hpp>

#include <concepts>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

namespace detail {

template <class Target>
concept HasDefaultLoss = requires {
    typename default_loss<Target>::type;
};

// Whether a loss compares outputs of shape Out with such targets; labels may be integers of any type.
template <class Loss, class Out, class Target>
inline constexpr bool compares_with = std::is_same_v<Target, typename Loss::template Target<Out>> ||
                                      (std::is_same_v<int, typename Loss::template Target<Out>> &&
                                       std::integral<Target>);

// The loss by which targets are judged if the call names none: NoLoss where there is no usual one.
struct NoLoss {
    template <class Out>
    using Target = Nothing;
};
template <class Data>
struct loss_for {
    using type = NoLoss;
};
template <class Data>
    requires HasDefaultLoss<target_in<Data>>
struct loss_for<Data> {
    using type = typename default_loss<target_in<Data>>::type;
};

// Whether model, data and loss go together. A refused model has been reported; it adds no error.
template <class M, class Data, class Loss>
struct Agreement {
    using Out = typename M::Output;
    static constexpr JudgedBy by = judgement<Loss, Out>;
    static constexpr bool has_loss = !std::is_same_v<Loss, NoLoss>;
    static constexpr bool same_shape = !M::is_sound || std::is_same_v<typename Data::Input, typename M::Input>;
    static constexpr bool comparable =
        !M::is_sound || !has_loss || !fits_output<Loss, Out> || compares_with<Loss, Out, target_in<Data>>;
    static constexpr bool several_classes = !M::is_sound || by != JudgedBy::classes || Out::count > 1;
    static constexpr bool otherwise =
        M::is_sound && has_loss && same_shape && comparable && several_classes && fits_output<Loss, Out>;
    static constexpr auto of_lengths() {
        if constexpr (otherwise)
            return lengths_verdict_on<M, Loss, Data>();
        else
            return shapes_fit{};
    }
    static constexpr bool holds = otherwise && std::is_same_v<decltype(of_lengths()), shapes_fit>;
};

// Judges where they do, on `ranks` if they are given.
template <class M, class Data, class Loss>
using judge_for = Judge<Agreement<M, Data, Loss>::by, Loss, typename M::Output>;
template <class M, class Data, class Loss>
constexpr auto judged(const M& model, const Data& data, judge_for<M, Data, Loss> judge, auto&... ranks) {
    using Match = Agreement<M, Data, Loss>;
    if constexpr (Match::holds && GivesLengths<Data>) require_lengths<M>(data, "evaluate", "");
    if constexpr (Match::holds) {
        const auto judge_one = [&](int i, const auto& y, const auto& target) {
            if constexpr (GivesLengths<Data>)
                with_lengths<M>(data.length(i), target,
                                [&](const auto& masked, const int* lengths) { judge(y, masked, lengths); });
            else
                judge(y, target);
        };
        judge_outputs(model, data, judge_one, ranks...);
    }
    return judge.finish();
}

// The verdict on a model and a loss; without a loss there is nothing to judge.
template <class M, class Loss, bool HasLoss>
struct verdict_of_evaluation {
    using type = shapes_fit;
};
template <class M, class Loss>
struct verdict_of_evaluation<M, Loss, true> {
    using type = decltype(training_verdict<M, Loss>());
};
}  // namespace detail

/// Runs the model over a whole data set and judges it by a loss, by default CrossEntropy for labels: returns what
/// kiln/train/evaluation.hpp lists. The loss it gives is the one that is minimised, with class weights and smoothing. Labels
/// outside the classes count as wrong and are left out of loss, ranks and confusion.
template <class M, DataSet Data, class Loss = typename detail::loss_for<Data>::type>
constexpr auto evaluate(const M& model, const Data& data, const Loss& loss = {}) {
    using Match = detail::Agreement<M, Data, Loss>;
    static_assert(
        M::fits_on_stack,
        "kiln: evaluate needs memory for a sample within the stack bytes of the model's plan, got a network with "
        "more; try Model<Net, In, Plan<BYTES>> and a thread with such a stack");
    static_assert(Match::has_loss,
                  "kiln: evaluate needs a loss for targets that are not labels, got none; try evaluate(model, data, "
                  "trainer.loss())");
    static_assert(Match::same_shape,
                  "kiln: evaluate needs samples of the model's input shape, got another shape; try a "
                  "Model of the samples' shape");
    static_assert(detail::verdict_of_evaluation<M, Loss, Match::has_loss>::type::shapes_agree);
    static_assert(Match::comparable,
                  "kiln: evaluate needs targets that the loss compares with outputs (labels, or tensors "
                  "of their shape), got others; try another loss");
    static_assert(
        Match::several_classes,
        "kiln: evaluate needs an output for each class, got one output; try BinaryCrossEntropy, with targets of "
        "Shape<1>");
    static_assert(decltype(Match::of_lengths())::shapes_agree);
    if constexpr (Match::has_loss)
        return detail::judged<M, Data, Loss>(model, data, detail::judge_for<M, Data, Loss>(loss));
    else
        return Regression<1>{};
}

template <class M, DataSet Data, class Loss = typename detail::loss_for<Data>::type>
    requires detail::is_one_of<M>
constexpr auto evaluate(const M& model, const Data& data, const Loss& loss = {}) {
    static_assert(!detail::is_one_of<M>, "kiln: evaluate needs a Model, got a OneOf; try the model in it: visit");
    return evaluate(*model.template get_if<typename M::template Model<0>>(), data, loss);
}

/// The same for a loss that is judged by values, with errors in the user's units: 1 of output k is unit[k] of them, such as
/// the standard deviation that its targets were divided by. Loss and R² do not change.
template <class M, DataSet Data, class Loss>
constexpr auto evaluate(const M& model, const Data& data, const Loss& loss,
                        const Tensor<float, typename M::Output>& unit) {
    using WithoutUnits = decltype(evaluate(model, data, loss));  // refuses all that the call without units refuses
    constexpr bool has_units = !M::is_sound || judgement<Loss, typename M::Output> == JudgedBy::values;
    static_assert(has_units, "kiln: evaluate with units needs a loss that is judged by values, got another; try "
                             "MeanSquaredError, or evaluate without units");
    if constexpr (M::is_sound && has_units) {
        for ([[maybe_unused]] const float size : unit) KILN_EXPECTS(size > 0);
        return detail::judged<M, Data, Loss>(model, data, detail::judge_for<M, Data, Loss>(loss, &unit));
    } else {
        return WithoutUnits{};
    }
}

template <class M, DataSet Data, class Loss>
    requires detail::is_one_of<M>
constexpr auto evaluate(const M& model, const Data& data, const Loss& loss,
                        const Tensor<float, typename M::Output>& unit) {
    static_assert(!detail::is_one_of<M>, "kiln: evaluate needs a Model, got a OneOf; try the model in it: visit");
    return evaluate(*model.template get_if<typename M::template Model<0>>(), data, loss, unit);
}

}  // namespace kiln::inline KILN_TARGET
