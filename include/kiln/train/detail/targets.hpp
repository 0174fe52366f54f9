// SPDX-License-Identifier: BSL-1.0
#pragma once
// A batch as a trainer sees it, and its targets: gathered into lanes, and weighted.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/lengths.hpp>
#include <kiln/kernels/gather.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// A batch of `count` samples: sample(i) is a pointer to sample i, target(i) its target. Samples are multiplied by
/// `scale` as they are read, and targets that are tensors by `target_scale`. Sequences may have lengths[i] frames
/// (core/contract/lengths.hpp).
template <class Sample, class Target, class Lengths = detail::NoLengths>
struct BatchView {
    int count;
    Sample sample;
    Target target;
    float scale = 1, target_scale = 1;
    [[no_unique_address]] Lengths lengths = {};
};
template <class Sample, class Target>
BatchView(int, Sample, Target, float = 1, float = 1) -> BatchView<Sample, Target>;
template <class Sample, class Target>
BatchView(int, Sample, Target, float, float, const int*) -> BatchView<Sample, Target, const int*>;

namespace detail {

template <class Batch>
inline constexpr bool has_lengths = !std::is_same_v<decltype(Batch::lengths), NoLengths>;

// The factor of each sample's loss: 1 / n, or 1 / (sum of the samples' shares) for a loss with shares.
constexpr float share_of_each(const auto& loss, int n, auto target) {
    if constexpr (requires { loss.share(target(0)); }) {
        double sum = 0;
        for (int i = 0; i < n; ++i) sum += static_cast<double>(loss.share(target(i)));
        return sum > 0 ? static_cast<float>(1 / sum) : 0.0f;
    } else {
        return 1.0f / static_cast<float>(n);
    }
}

// The share of a sample whose output, of shape Out, has `length` frames.
template <class Out, class Loss>
constexpr float share_of_length(const Loss& loss, const auto& target, int length) {
    if constexpr (requires { loss.share(target, length); })
        return loss.share(target, length);
    else if constexpr (requires { loss.share(target); })
        return loss.share(target);
    else if constexpr (LeavesOutPadding<Loss, Out>)
        return length < Out::extents[0] ? static_cast<float>(length) / static_cast<float>(Out::extents[0]) : 1.0f;
    else
        return 1;
}
// The same factor for samples with lengths. M is the model, or anything with its Body, Input and Output.
template <class M>
constexpr float share_of_each(const auto& loss, int n, auto target, const int* lengths) {
    if constexpr (are_shapes<typename M::Output>) {
        return 1.0f / static_cast<float>(n);
    } else {
        double sum = 0;
        for (int i = 0; i < n; ++i)
            sum += static_cast<double>(
                share_of_length<typename M::Output>(loss, target(i), output_lengths_of<M>::of(lengths[i])[0]));
        return sum > 0 ? static_cast<float>(1 / sum) : 0.0f;
    }
}
// The losses of several outputs, for a batch with lengths.
template <class M, class Loss>
constexpr Loss loss_of_lengths(const Loss& loss, int n, auto target, const int* lengths) {
    if constexpr (are_shapes<typename M::Output>)
        return loss.of_batch_by(n, [&]<int I>(std::integral_constant<int, I>, int i) {
            using Out = typename std::remove_cvref_t<
                decltype(std::declval<Tensor<float, typename M::Output>&>().template get<I>())>::Dimensions;
            return share_of_length<Out>(loss.template get<I>().loss, target(i).template get<I>(),
                                        output_lengths_of<M>::of(lengths[i])[static_cast<std::size_t>(I)]);
        });
    else
        return loss;
}

// The lengths of outputs: a row for each output, with `Lanes` lengths.
template <class M, int Lanes>
struct OutputLengths {
    static constexpr std::size_t outputs = output_lengths_of<M>::of(1).size();
    std::array<int, outputs* static_cast<std::size_t>(Lanes)> rows{};

    constexpr OutputLengths(const int* lengths, int live) {
        for (int l = 0; l < live; ++l) {
            const auto each = output_lengths_of<M>::of(lengths[l]);
            for (std::size_t o = 0; o < outputs; ++o)
                rows[o * static_cast<std::size_t>(Lanes) + static_cast<std::size_t>(l)] = each[o];
        }
    }
    constexpr const int* data() const { return rows.data(); }
};

// Whether every output that is a sequence has a loss that leaves padding out. True where a model or a loss is refused.
template <class Loss, class Net, class In, class Out>
struct losses_leave_out_padding {
    static constexpr bool value = !is_sequence<Net, In, Out> || LeavesOutPadding<Loss, Out>;
};
template <class Loss, class Net, class In, class Outs, class Ports>
struct each_leaves_out_padding;
template <class Loss, class Net, class In, class... Out, std::size_t... Port>
struct each_leaves_out_padding<Loss, Net, In, Shapes<Out...>, std::index_sequence<Port...>> {
    static constexpr bool value =
        (... &&
         (!is_sequence<Net, In, Out, Port> ||
          LeavesOutPadding<
              std::remove_cvref_t<decltype(std::declval<const Loss&>().template get<static_cast<int>(Port)>().loss)>,
              Out>));
};
template <class Loss, class Net, class In, class... Out>
struct losses_leave_out_padding<Loss, Net, In, Shapes<Out...>>
    : each_leaves_out_padding<Loss, Net, In, Shapes<Out...>, std::index_sequence_for<Out...>> {};
template <class M, class Loss>
inline constexpr bool padding_is_left_out = [] {
    if constexpr (M::is_sound && fits_output<Loss, typename M::Output>)
        return losses_leave_out_padding<Loss, typename M::Body, typename M::Input, typename M::Output>::value;
    else
        return true;
}();
// The verdict on lengths of samples, and on the loss that has to leave padding out.
template <class M, class Loss>
constexpr auto lengths_verdict() {
    if constexpr (padding_is_left_out<M, Loss>)
        return lengths_verdict<M>();
    else
        return lengths_mismatch<Loss, expects<a_loss_that_leaves_padding_out>, got<typename M::Output>>{};
}
// Whether the data set or loader `Data` gives lengths that model and loss take, or none.
template <class M, class Loss, class Data>
constexpr auto lengths_verdict_on() {
    if constexpr (GivesLengths<Data>)
        return lengths_verdict<M, Loss>();
    else
        return shapes_fit{};
}

// loss(…) for outputs with lengths.
constexpr auto loss_of_outputs(const auto& loss, const auto& y, const auto& targets, const auto& weight, auto& dy,
                               const Pass& pass) {
    if constexpr (requires { loss(y, targets, weight, dy, pass); })
        return loss(y, targets, weight, dy, pass);
    else
        return loss(y, targets, weight, dy);
}

template <class Gathered>
inline constexpr bool holds_integers = false;
template <class E, class S>
inline constexpr bool holds_integers<Tensor<E, S>> = std::is_integral_v<scalar_t<E>>;

// Sets the labels of frames behind a sample's length to -1, in targets of lanes; other targets stay.
template <int Lanes, class Gathered>
constexpr void mask_targets(Gathered& targets, const int* lengths, int live) {
    if constexpr (requires { Gathered::parts; }) {
        [&]<int... I>(std::integer_sequence<int, I...>) {
            (mask_targets<Lanes>(targets.template get<I>(), lengths + I * Lanes, live), ...);
        }
        (std::make_integer_sequence<int, Gathered::parts>{});
    } else if constexpr (holds_integers<Gathered>) {
        for (int l = 0; l < live; ++l)
            for (int t = lengths[l]; t < Gathered::count; ++t) set_lane(targets.data[t], l, -1);
    }
}

// The targets of output I.
template <int I>
constexpr auto targets_of_output(const auto& batch) {
    const auto target = [&batch](int i) -> const auto& { return batch.target(i).template get<I>(); };
    return BatchView{batch.count, batch.sample, target, batch.scale, batch.target_scale};
}

// The targets of the batch's samples from(0), from(1), … in the lanes of an element E.
template <class Gathered, class E>
constexpr Gathered gather_targets(auto from, const auto& batch) {
    constexpr auto lanes = static_cast<std::size_t>(width<E>);
    Gathered targets;
    if constexpr (requires { Gathered::parts; }) {
        [&]<int... I>(std::integer_sequence<int, I...>) {
            ((targets.template get<I>() = gather_targets<std::remove_cvref_t<decltype(targets.template get<I>())>, E>(
                  from, targets_of_output<I>(batch))),
             ...);
        }
        (std::make_integer_sequence<int, Gathered::parts>{});
    } else if constexpr (requires { targets[0] = batch.target(0); }) {
        for (std::size_t l = 0; l < lanes; ++l) targets[l] = batch.target(from(static_cast<int>(l)));
    } else {
        std::array<decltype(place_of(batch.target(0))), lanes> places{};
        for (std::size_t l = 0; l < lanes; ++l) places[l] = place_of(batch.target(from(static_cast<int>(l))));
        if constexpr (holds_integers<Gathered>)
            kernels::gather_integers(places, targets);
        else
            kernels::gather(places, batch.target_scale, targets);
    }
    return targets;
}

}  // namespace detail
}  // namespace kiln::inline KILN_TARGET
