// SPDX-License-Identifier: BSL-1.0
#pragma once
// The Hessian of a mean loss, times a direction: how the gradient changes along it. One pass forward and backward over
// dual numbers gives gradient and product; the Hessian itself is never formed (B. Pearlmutter: Fast Exact Multiplication
// by the Hessian, 1994).
//
//   kiln::HessianProduct<Digits, kiln::CrossEntropy> hessian;
//   const auto& [loss, gradient, product] = hessian(model, images, labels, direction);
//
// Cost: two to four gradients. Layers with batch statistics take each pass, sixteen samples with AVX-512, as their batch.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/lengths.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/dual.hpp>
#include <kiln/core/dual_record.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/machine.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/gather.hpp>
#include <kiln/model/recording.hpp>
#include <kiln/train/detail/targets.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

/// Gradients and Hessian products of model M under loss L, over dual numbers E, with the memory for a pass. A plain
/// value, and large: keep it in static storage or on the heap.
template <class M, class L, class E = Dual<Lanes<float, native_lanes>>>
class HessianProduct {
    using Input = typename M::Input;
    using Output = typename M::Output;
    using Pass = Recording<M, E, Wanted::parameter_gradients>;

  public:
    using Target = typename L::template Target<Output>;
    /// The mean loss of the samples, its gradient, and the product of its Hessian with the direction.
    struct Result {
        float loss = 0;
        typename M::Gradients gradient{}, product{};
    };

    constexpr explicit HessianProduct(const L& loss = {}) : loss_(loss) {}

    /// The result for these samples. Parameters that are frozen may move, but have no gradient.
    constexpr const Result& operator()(const M& model, std::span<const Tensor<float, Input>> samples,
                                       std::span<const Target> targets, const typename M::Parameters& direction) {
        return run(model, samples, targets, direction, detail::NoLengths{});
    }
    /// The same for sequences, of which sample i has lengths[i] frames (core/contract/lengths.hpp).
    constexpr const Result& operator()(const M& model, std::span<const Tensor<float, Input>> samples,
                                       std::span<const Target> targets, const typename M::Parameters& direction,
                                       std::span<const int> lengths) {
        static_assert(decltype(detail::lengths_verdict<M, L>())::shapes_agree);
        KILN_EXPECTS(samples.size() == lengths.size());
        for ([[maybe_unused]] const int length : lengths) KILN_EXPECTS(detail::is_length<M>(length));
        return run(model, samples, targets, direction, lengths.data());
    }

  private:
    template <class Lengths>
    constexpr const Result& run(const M& model, std::span<const Tensor<float, Input>> samples,
                                std::span<const Target> targets, const typename M::Parameters& direction,
                                Lengths lengths) {
        KILN_EXPECTS(samples.size() == targets.size() && !samples.empty());
        constexpr bool has_lengths = !std::is_same_v<Lengths, detail::NoLengths>;
        constexpr int lanes = width<E>;
        const int count = static_cast<int>(samples.size());
        const auto sample = [&](int i) { return &samples[static_cast<std::size_t>(i)]; };
        const auto target = [&](int i) -> const Target& { return targets[static_cast<std::size_t>(i)]; };
        float share;
        L loss = loss_;
        if constexpr (has_lengths) {
            share = detail::share_of_each<M>(loss_, count, target, lengths);
            loss = detail::loss_of_lengths<M>(loss_, count, target, lengths);
        } else {
            share = detail::share_of_each(loss_, count, target);
        }
        gradients_ = {};
        result_ = {};
        pass_.hold(model, direction);
        for (int first = 0; first < count; first += lanes) {
            const int live = count - first < lanes ? count - first : lanes;
            const auto from = [&](int l) { return l < live ? first + l : first; };
            std::array<const Tensor<float, Input>*, static_cast<std::size_t>(lanes)> gathered{};
            E weight(0.0f);
            for (int l = 0; l < lanes; ++l) {
                gathered[static_cast<std::size_t>(l)] = sample(from(l));
                if (l < live) set_lane(weight, l, scalar_t<E>(share));
            }
            kernels::gather(gathered, 1.0f, pass_.x);
            auto wanted = detail::gather_targets<Targets<L, Output, E>, E>(from, BatchView{count, sample, target});
            Tensor<E, Output> dy;
            if constexpr (has_lengths) {
                pass_.forward(0, live, first, lengths + first);
                const detail::OutputLengths<M, lanes> after(lengths + first, live);
                detail::mask_targets<lanes>(wanted, after.data(), live);
                const kiln::Pass here{.live = live, .lengths = after.data()};
                result_.loss += reduce(detail::loss_of_outputs(loss, pass_.y, wanted, weight, dy, here)).value;
            } else {
                pass_.forward(0, live, first);
                result_.loss += reduce(loss(pass_.y, wanted, weight, dy)).value;
            }
            pass_.backward(model, dy, gradients_);
        }
        add_values<scalar_t<E>>(gradients_, result_.gradient);
        add_slopes<scalar_t<E>>(gradients_, result_.product);
        return result_;
    }

    L loss_;
    Pass pass_;
    typename Pass::Gradients gradients_{};
    Result result_;
};

template <class First, class... Others, class L, class E>
class HessianProduct<OneOf<First, Others...>, L, E> : public HessianProduct<First, L, E> {
    static_assert(!detail::is_one_of<OneOf<First, Others...>>,
                  "kiln: HessianProduct needs a Model, got a OneOf; try the model in it: visit");
};

}  // namespace kiln::inline KILN_TARGET
