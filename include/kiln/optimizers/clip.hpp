// SPDX-License-Identifier: BSL-1.0
#pragma once
// Optimizers that bound the gradients. Each wraps any other optimizer:
//
//   ClipByNorm{Adam{.learning_rate = 0.01f}, 0.5f}    ClipByValue{Scheduled{SGD{}, Cosine{.steps = 1000}}, 1.0f}
//
// ClipByNorm multiplies all gradients by one factor, min(1, largest_norm / (norm + 1e-6)), as
// torch.nn.utils.clip_grad_norm_ (Pascanu, Mikolov, Bengio: On the difficulty of training recurrent neural networks,
// ICML 2013). ClipByValue bounds each gradient by itself, as torch.nn.utils.clip_grad_value_. The outer of two clips
// comes first, but `norm` is always the norm of the gradients before any ClipByValue.

#include <kiln/core/contract.hpp>
#include <kiln/core/remember.hpp>
#include <kiln/core/setting_fault.hpp>

namespace kiln::inline KILN_TARGET {

namespace detail {
struct Shorten {
    float factor;
    template <class E>
    constexpr E operator()(const E& g) const {
        return g * E(scalar_t<E>(factor));
    }
};
struct Bound {
    float limit;
    template <class E>
    constexpr E operator()(const E& g) const {
        using S = scalar_t<E>;
        return min(E(S(limit)), max(E(S(-limit)), g));  // NaN stays NaN
    }
};

// A rule that clips each gradient first.
template <class Inner, class Clip>
struct ClippedRule {
    Inner rule;
    Clip clip;

    constexpr int moments_in_use() const requires ChoosesMoments<Inner> { return rule.moments_in_use(); }
    template <class E, class... M>
    constexpr void operator()(E& w, const E& g, M&... m) const requires TakesMoments<Inner, E, M...> {
        rule(w, clip(g), m...);
    }
};
template <class Inner, class Clip>
ClippedRule(Inner, Clip) -> ClippedRule<Inner, Clip>;
}  // namespace detail

/// Optimizer `O` on gradients whose Euclidean norm, over all parameters together, is at most largest_norm.
template <class O>
struct ClipByNorm {
    O optimizer{};
    float largest_norm = 1;

    static constexpr int moments = O::moments;
    static constexpr const char* moment_name(int k) requires NamesMoments<O> { return O::moment_name(k); }

    constexpr SettingFault fault() const {
        const SettingFault inner = fault_of(optimizer);
        return inner.name != nullptr ? inner : first_fault("ClipByNorm", {above_0("largest_norm", largest_norm)});
    }
    constexpr auto at(long long step, float norm) const {
        const float needed = largest_norm / (norm + 1e-6f);
        const float factor = needed > 1 ? 1 : needed;  // NaN if the norm is
        if constexpr (needs_gradient_norm<O>)
            return detail::ClippedRule{optimizer.at(step, norm * factor), detail::Shorten{factor}};
        else
            return detail::ClippedRule{optimizer.at(step), detail::Shorten{factor}};
    }
    constexpr float rate(long long step) const requires TellsRate<O> { return optimizer.rate(step); }
    constexpr void observe(float loss) requires ObservesLoss<O> { optimizer.observe(loss); }
    constexpr void remember(auto visit) requires Remembers<O> { optimizer.remember(visit); }
};
template <class O>
ClipByNorm(O) -> ClipByNorm<O>;
template <class O>
ClipByNorm(O, float) -> ClipByNorm<O>;

/// Optimizer `O` on gradients that each lie between -limit and limit.
template <class O>
struct ClipByValue {
    O optimizer{};
    float limit = 1;

    static constexpr int moments = O::moments;
    static constexpr const char* moment_name(int k) requires NamesMoments<O> { return O::moment_name(k); }

    constexpr SettingFault fault() const {
        const SettingFault inner = fault_of(optimizer);
        return inner.name != nullptr ? inner : first_fault("ClipByValue", {above_0("limit", limit)});
    }
    constexpr auto at(long long step) const requires(!needs_gradient_norm<O>) {
        return detail::ClippedRule{optimizer.at(step), detail::Bound{limit}};
    }
    constexpr auto at(long long step, float norm) const requires needs_gradient_norm<O> {
        return detail::ClippedRule{optimizer.at(step, norm), detail::Bound{limit}};
    }
    constexpr float rate(long long step) const requires TellsRate<O> { return optimizer.rate(step); }
    constexpr void observe(float loss) requires ObservesLoss<O> { optimizer.observe(loss); }
    constexpr void remember(auto visit) requires Remembers<O> { optimizer.remember(visit); }
};
template <class O>
ClipByValue(O) -> ClipByValue<O>;
template <class O>
ClipByValue(O, float) -> ClipByValue<O>;

}  // namespace kiln::inline KILN_TARGET
