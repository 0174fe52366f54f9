// SPDX-License-Identifier: BSL-1.0
#pragma once
// Training: kiln/train/step.hpp has the trainer and its steps; `fit`, defined here, takes the steps of whole epochs.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/raise.hpp>
#include <kiln/core/setting_error.hpp>
#include <kiln/train/diagnosis.hpp>
#include <kiln/train/fit.hpp>
#include <kiln/train/progress.hpp>
#include <kiln/train/step.hpp>

#include <stdexcept>
#include <string>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

template <class M, class Loss, Optimizer O, class B, class... Options>
template <TrainingData Data>
Epoch Trainer<M, Loss, O, B, Options...>::fit(Data&& data, const FitOptions& options) {
    static_assert(
        detail::takes_samples<M, Data>,
        "kiln: fit needs samples of the model's input shape, got another shape; try a Model of the samples' shape");
    static_assert(detail::takes_targets<M, Loss, Data>,
                  "kiln: fit needs targets that the loss compares with outputs (labels, or tensors of their shape), "
                  "got others; try another loss");
    static_assert(decltype(detail::lengths_verdict_on<M, Loss, std::remove_cvref_t<Data>>())::shapes_agree);
    return fit_course(data, static_cast<const void*>(nullptr), options, nullptr);
}

template <class M, class Loss, Optimizer O, class B, class... Options>
template <TrainingData Data, DataSet Validation>
Epoch Trainer<M, Loss, O, B, Options...>::fit(Data&& data, const Validation& validation, const FitOptions& options) {
    constexpr bool all_have_it = !has_ranks || !IsDivided<Validation>;
    static_assert(all_have_it,
                  "kiln: fit on ranks needs a validation set of which every rank has all samples, got Sharded; try a "
                  "Dataset");
    static_assert(
        detail::takes_samples<M, Data>,
        "kiln: fit needs samples of the model's input shape, got another shape; try a Model of the samples' shape");
    static_assert(detail::takes_targets<M, Loss, Data>,
                  "kiln: fit needs targets that the loss compares with outputs (labels, or tensors of their shape), "
                  "got others; try another loss");
    static_assert(decltype(detail::lengths_verdict_on<M, Loss, std::remove_cvref_t<Data>>())::shapes_agree);
    static_assert(
        M::fits_on_stack,
        "kiln: fit with a validation set needs memory for a sample within the stack bytes of the model's plan, "
        "got a network with more; try Model<Net, In, Plan<BYTES>> and a thread with such a stack");
    return fit_course(data, &validation, options, nullptr);
}

template <class M, class Loss, Optimizer O, class B, class... Options>
template <TrainingData Data, DataSet Validation>
Epoch Trainer<M, Loss, O, B, Options...>::fit(Data&& data, const Validation& validation, const FitOptions& options,
                                              M& best) {
    constexpr bool all_have_it = !has_ranks || !IsDivided<Validation>;
    static_assert(all_have_it,
                  "kiln: fit on ranks needs a validation set of which every rank has all samples, got Sharded; try a "
                  "Dataset");
    static_assert(
        detail::takes_samples<M, Data>,
        "kiln: fit needs samples of the model's input shape, got another shape; try a Model of the samples' shape");
    static_assert(detail::takes_targets<M, Loss, Data>,
                  "kiln: fit needs targets that the loss compares with outputs (labels, or tensors of their shape), "
                  "got others; try another loss");
    static_assert(decltype(detail::lengths_verdict_on<M, Loss, std::remove_cvref_t<Data>>())::shapes_agree);
    static_assert(
        M::fits_on_stack,
        "kiln: fit with a validation set needs memory for a sample within the stack bytes of the model's plan, "
        "got a network with more; try Model<Net, In, Plan<BYTES>> and a thread with such a stack");
    return fit_course(data, &validation, options, &best);
}

// The common part of the three functions fit. A mistake that has been reported adds no errors here.
template <class M, class Loss, Optimizer O, class B, class... Options>
template <class Data, class Validation>
Epoch Trainer<M, Loss, O, B, Options...>::fit_course(Data& data, const Validation* validation,
                                                     const FitOptions& options, M* best) {
    constexpr bool validates_on_stack = std::is_void_v<Validation> || M::fits_on_stack;
    if constexpr (M::is_sound && validates_on_stack && detail::takes_samples<M, Data> &&
                  detail::takes_targets<M, Loss, Data> &&
                  std::is_same_v<decltype(detail::lengths_verdict_on<M, Loss, std::remove_cvref_t<Data>>()),
                                 shapes_fit>) {
        detail::require_in_range(this->optimizer());  // settings may have changed
        detail::require_in_range(this->loss());
        detail::require_in_range(options);
        if constexpr (DataSet<Data>) detail::require_valid<M, Loss>(data, "");
        if constexpr (!std::is_void_v<Validation>)
            detail::require_valid<M, Loss>(*validation, " of the validation set");
        detail::require_figure<judgement<Loss, typename M::Output>>(options.best_by);
        if (best == &model())
            raise<std::invalid_argument>(
                "kiln: fit needs a second model for the best, got its own model; try another model of that type");
        return detail::Course<Trainer, Data, Validation>(*this, data, validation, options, best).run();
    } else {
        return {};
    }
}

}  // namespace kiln::inline KILN_TARGET
