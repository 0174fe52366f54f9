// SPDX-License-Identifier: BSL-1.0
#pragma once
// An optimizer at work on one model. A learner holds the gradients that passes add to, and the moments, and updates the
// parameters.
//
//   kiln::Learner<Digits, kiln::Adam> learner{model, kiln::Adam{.learning_rate = 1e-3f}};
//   learner.set_rate("0.", 0.1f);                      // layer 0 learns ten times slower
//   recording.backward(model, dy, learner.gradients());
//   learner.apply(1.0f / batch);                       // one step on the sum of the gradients, which then are zero
//
// A Trainer contains a Learner, and adds a loss, batches and threads.

#include <kiln/core/contract.hpp>
#include <kiln/core/denormals.hpp>
#include <kiln/core/detail/large_value.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/remember.hpp>
#include <kiln/core/setting_error.hpp>
#include <kiln/train/detail/record_arithmetic.hpp>
#include <kiln/train/detail/update.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

/// The norm of the gradient of one parameter tensor.
struct GradientNorm {
    Name name;
    float norm = 0;
};

/// Updates the parameters of a model of type M, which must outlive it, by optimizer O.
template <class M, Optimizer O>
class Learner {
  public:
    using Gradients = typename M::Gradients;

    /// Throws SettingError if a setting of the optimizer is out of its range.
    constexpr Learner(M& model, const O& optimizer) : model_(read(model)), optimizer_(optimizer) {
        detail::require_in_range(optimizer);
        rates_.fill(1.0f);
        if constexpr (sizeof(Learner) > detail::most_bytes_on_a_stack)
            if (!std::is_constant_evaluated()) detail::warn_if_on_stack(this, sizeof(Learner), "Learner");
    }

    /// The gradients, for passes to add to; zero after apply.
    constexpr Gradients& gradients() { return gradients_; }
    constexpr const Gradients& gradients() const { return gradients_; }
    /// Takes one step on the gradients times `scale`, and sets the gradients to zero. Returns whether the step was
    /// taken. A gradient that is not finite prevents the step; then only the gradients change.
    constexpr bool apply(float scale = 1) {
        [[maybe_unused]] const FlushDenormals flush;
        const bool sound = finish_gradients(scale, {});
        if (sound) {
            update(rule(), {});
            ++steps_;
        }
        set_zero<float>(gradients_);
        return sound;
    }

    /// Lets all parameters whose names begin with `prefix` ("2." for layer 2) learn at the optimizer's rate times
    /// `factor`; at 0 they stay as they are. Returns the number of such tensors. Suits optimizers whose steps are
    /// proportional to their rate.
    constexpr int set_rate(std::string_view prefix, float factor) {
        int found = 0;
        for (std::size_t k = 0; k < names.size(); ++k) {
            const std::string_view name(names[k].name.text, static_cast<std::size_t>(names[k].name.length));
            if (!name.starts_with(prefix)) continue;
            rates_[k] = factor;
            ++found;
        }
        return found;
    }

    /// The optimizer, for changing its settings between steps.
    constexpr O& optimizer() { return optimizer_; }
    constexpr const O& optimizer() const { return optimizer_; }
    constexpr M& model() { return model_; }
    constexpr const M& model() const { return model_; }
    /// Steps taken so far.
    constexpr long long steps() const { return steps_; }
    /// The norm of the gradient of each parameter tensor.
    constexpr auto gradient_norms() const {
        std::array<GradientNorm, names.size()> norms{};
        const auto slices = tensors<const float>(gradients_);
        for (std::size_t k = 0; k < norms.size(); ++k) norms[k] = {names[k].name, norm(slices[k])};
        return norms;
    }

    /// Multiplies a shard of the gradients by `scale`, and returns whether it is finite. Threads may do so at once.
    constexpr bool finish_gradients(float scale, const Shard& shard) {
        if (scale != 1)
            for (const Slice<float>& whole : tensors<float>(gradients_))
                for (float& value : shard(whole)) value *= scale;
        return is_finite(gradients_, shard);
    }
    /// The rule of the next step, for the gradients as they are.
    constexpr auto rule() const {
        if constexpr (needs_gradient_norm<O>)
            return optimizer_.at(steps_, norm(gradients_));
        else
            return optimizer_.at(steps_);
    }
    /// Updates a shard of every parameter tensor by `rule`; several threads may update different shards at once.
    constexpr void update(const auto& rule, const Shard& shard) {
        kiln::update(rule, model_.parameters(), gradients_, moments_, shard, rates_);
    }
    /// Ends a step that was made by `update`. The gradients stay, for a user to read.
    constexpr void end_step() { ++steps_; }

    /// Shows everything that the next step depends on besides the model and settings: visit(number, names...) for the
    /// count of steps and for the numbers that the optimizer remembers, visit(record, names...) for its moments.
    constexpr void remember(auto visit) { remember(*this, optimizer_, visit); }
    constexpr void remember(auto visit) const {
        O optimizer = optimizer_;
        remember(*this, optimizer, visit);
    }

  private:
    static constexpr auto& names = schema<Gradients>;

    // Reads a parameter before anything else. So compilers do not try to construct a static learner while compiling,
    // because its model is no constant.
    static constexpr M& read(M& model) {
        for (const Slice<float>& slice : tensors<float>(model.parameters()))
            if (*slice.data > 0) break;
        return model;
    }

    static constexpr void remember(auto& self, O& optimizer, auto& visit) {
        visit(self.steps_, "steps");
        const auto visit_own = [&](auto& part, auto... name) { visit(part, "optimizer", name...); };
        if constexpr (Remembers<O>) optimizer.remember(visit_own);
        for (int k = 0; k < O::moments; ++k)
            visit_own(self.moments_[static_cast<std::size_t>(k)], moment_name<O>(k).c_str());
    }

    M& model_;
    O optimizer_;
    long long steps_ = 0;
    std::array<float, static_cast<std::size_t>(tensor_count<Gradients>)> rates_{};
    Gradients gradients_{};
    std::array<Gradients, O::moments> moments_{};
};

template <class First, class... Others, Optimizer O>
class Learner<OneOf<First, Others...>, O> : public Learner<First, O> {
    static_assert(!detail::is_one_of<OneOf<First, Others...>>,
                  "kiln: Learner needs a Model, got a OneOf; try the model in it: visit");

  public:
    constexpr Learner(OneOf<First, Others...>& model, const O& optimizer)
        : Learner<First, O>(*model.template get_if<First>(), optimizer) {}
};

}  // namespace kiln::inline KILN_TARGET
