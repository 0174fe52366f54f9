// SPDX-License-Identifier: BSL-1.0
#pragma once
// The loss of a network with several outputs: the weighted sum of a loss for each output, in the order in which the graph
// puts them out.
//
//   Losses<CrossEntropy, MeanSquaredError>{Weighted{CrossEntropy{}, 1.0f}, Weighted{MeanSquaredError{}, 0.5f}}
//
// Shape: outputs of Shapes<…>; the targets are SeveralTargets<…>, each as its own loss wants it
// Formula: L = sum_k weight_k L_k(y_k, t_k), where the mean of a loss with class weights is over the shares of its own samples

#include <kiln/core/contract.hpp>
#include <kiln/core/setting_fault.hpp>
#include <kiln/core/several_targets.hpp>
#include <kiln/core/verdict.hpp>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>

#include <cstddef>
#include <utility>

namespace kiln {

/// A loss and its weight in a sum of losses; the weight is at least 0.
template <class L>
struct Weighted {
    L loss{};
    float weight = 1;

    constexpr Weighted() = default;
    constexpr Weighted(const L& of, float times = 1) : loss(of), weight(times) {}
};

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {

template <class T>
struct without_weight {
    using type = T;
};
template <class L>
struct without_weight<Weighted<L>> {
    using type = L;
};

// The targets of losses L… for outputs of shapes S….
template <class Losses, class Out>
struct targets_of_outputs {
    using type = SeveralTargets<>;
};
template <template <class...> class Losses, class... L, class... S>
    requires(sizeof...(L) == sizeof...(S))
struct targets_of_outputs<Losses<L...>, Shapes<S...>> {
    using type = SeveralTargets<typename L::template Target<S>...>;
};

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// The sum of the losses `L`, one for each output.
template <class... L>
struct Losses {
    static constexpr int count = sizeof...(L);
    static_assert(count > 0, "kiln: Losses needs a loss for each output, got none; try Losses<CrossEntropy, …>");

    boost::hana::basic_tuple<Weighted<L>...> each;

    constexpr Losses() = default;
    constexpr Losses(const Weighted<L>&... losses) requires(sizeof...(L) > 0) : each(losses...) {}

    /// Loss I with its weight.
    template <int I>
    constexpr const auto& get() const {
        return boost::hana::at_c<static_cast<std::size_t>(I)>(each);
    }

    /// The losses for one batch of n samples with targets target(0), target(1), …: a weight is divided by the mean share that
    /// the samples of the batch have in its loss (by class weights). A trainer asks for it.
    constexpr Losses of_batch(int n, auto target) const requires(... || detail::has_shares<L>) {
        Losses losses = *this;
        [&]<int... I>(std::integer_sequence<int, I...>) { (losses.template divide_by_share<I>(n, target), ...); }
        (std::make_integer_sequence<int, count>{});
        return losses;
    }

    /// The same for shares that share(std::integral_constant<int, I>, i) states: the share of sample i in loss I.
    constexpr Losses of_batch_by(int n, auto share) const {
        Losses losses = *this;
        [&]<int... I>(std::integer_sequence<int, I...>) {
            (losses.template divide_by<I>(n, [&](int i) { return share(std::integral_constant<int, I>{}, i); }), ...);
        }
        (std::make_integer_sequence<int, count>{});
        return losses;
    }

    constexpr SettingFault fault() const {
        SettingFault first{};
        [&]<int... I>(std::integer_sequence<int, I...>) {
            ((first = first.name != nullptr ? first : fault_of_loss(get<I>())), ...);
        }
        (std::make_integer_sequence<int, count>{});
        return first;
    }

    template <class Out>
    using Target = typename detail::targets_of_outputs<Losses, Out>::type;

    template <class... S>
    static constexpr bool fits_outputs = (... && detail::fits_output<L, S>);
    template <class... S>
        requires(sizeof...(S) == sizeof...(L))
    static constexpr bool valid_targets(const auto& targets) {
        return [&]<int... I>(std::integer_sequence<int, I...>) {
            return (... && valid_target_of<L, S>(targets.template get<I>()));
        }
        (std::make_integer_sequence<int, count>{});
    }
    // The verdict on the first loss that does not fit its output.
    template <class First, class... S>
    static constexpr auto verdict() {
        return detail::verdict_of_losses<Losses, detail::types<L...>, detail::types<First, S...>>();
    }

    template <class E, class... S>
    constexpr E operator()(const Tensor<E, Shapes<S...>>& y, const auto& targets, const E& weight,
                           Tensor<E, Shapes<S...>>& dy) const {
        return [&]<int... I>(std::integer_sequence<int, I...>) {
            return (... + get<I>().loss(y.template get<I>(), targets.template get<I>(),
                                        weight * E(scalar_t<E>(get<I>().weight)), dy.template get<I>()));
        }
        (std::make_integer_sequence<int, count>{});
    }

    /// The same for sequences with lengths: pass.lengths has a row of lengths for each output, one for each lane.
    template <class E, class... S>
    constexpr E operator()(const Tensor<E, Shapes<S...>>& y, const auto& targets, const E& weight,
                           Tensor<E, Shapes<S...>>& dy, const Pass& pass) const {
        const auto one = [&]<int I>(std::integral_constant<int, I>) {
            const auto& loss = get<I>().loss;
            const E share = weight * E(scalar_t<E>(get<I>().weight));
            Pass of_output = pass;
            if (pass.lengths != nullptr) of_output.lengths += I * width<E>;
            if constexpr (requires {
                              loss(y.template get<I>(), targets.template get<I>(), share, dy.template get<I>(), pass);
                          })
                return loss(y.template get<I>(), targets.template get<I>(), share, dy.template get<I>(), of_output);
            else
                return loss(y.template get<I>(), targets.template get<I>(), share, dy.template get<I>());
        };
        return [&]<int... I>(std::integer_sequence<int, I...>) { return (... + one(std::integral_constant<int, I>{})); }
        (std::make_integer_sequence<int, count>{});
    }

  private:
    template <int I>
    constexpr void divide_by_share(int n, auto target) {
        const auto& loss = get<I>().loss;
        if constexpr (requires { loss.share(target(0).template get<I>()); })
            divide_by<I>(n, [&](int i) { return loss.share(target(i).template get<I>()); });
    }
    template <int I>
    constexpr void divide_by(int n, auto share) {
        auto& one = boost::hana::at_c<static_cast<std::size_t>(I)>(each);
        double sum = 0;
        for (int i = 0; i < n; ++i) sum += static_cast<double>(share(i));
        one.weight = sum > 0 ? static_cast<float>(static_cast<double>(one.weight) * n / sum) : 0.0f;
    }
    template <class One>
    static constexpr SettingFault fault_of_loss(const Weighted<One>& one) {
        if constexpr (requires { one.loss.fault(); })
            if (const SettingFault fault = one.loss.fault(); fault.name != nullptr) return fault;
        return first_fault("Weighted", {from_0("weight", one.weight)});
    }
};
template <class... L>
    requires(... || !std::is_same_v<L, typename detail::without_weight<L>::type>)
struct Losses<L...> : Losses<typename detail::without_weight<L>::type...> {
    using Losses<typename detail::without_weight<L>::type...>::Losses;
    static constexpr bool are_losses_alone = sizeof...(L) == 0;
    static_assert(are_losses_alone,
                  "kiln: Losses needs the losses alone as its types, got Weighted<…>; try Losses<CrossEntropy, Huber>, "
                  "with values Losses{Weighted{CrossEntropy{}, 2.0f}, Huber{}}");
};
template <class... T>
Losses(const T&...) -> Losses<typename detail::without_weight<T>::type...>;

}  // namespace kiln
