// SPDX-License-Identifier: BSL-1.0
#pragma once
// WaveNet as guitar amplifiers and pedals are modelled with it: the network of `.nam` files (io/nam.hpp).
//
// Shape: Shape<T, In> -> Shape<T, Head>, time first; Head is that of the last stack
// Formula: each stack maps frames x and sums h to the next x and h. The first has x = u, the network's input, and h = 0.
//     x_0 = rechannel x
//     for layer l of dilation D:
//         z[t] = conv_bias + sum_k conv_weight_k x_l[t - (Kernel - 1 - k) D] + mixin u[t], with zeros before frame 0
//         a = Activation(z), or Activation(first half of z) · sigmoid(second half) with gates
//         h += a,  x_{l+1} = x_l + mix_weight a + mix_bias
//     h = head.weight h + head.bias
//     and y = head_scale · h behind the last stack
// Parameters: those of stack I, all of its layers in one tensor: I.rechannel (Channels, inputs), I.conv_weight (Layers,
//     Z, Channels, Kernel), I.conv_bias (Layers, Z), I.mixin (Layers, Z, In), I.mix_weight (Layers, Channels, Channels),
//     I.mix_bias (Layers, Channels), I.head.weight (Head, Channels), and I.head.bias (Head) unless Bias::none; within
//     1 / sqrt(fan_in). Z is Channels, or twice as many with gates. head_scale (1) starts at 0.02. The mix of the last
//     layer of all leads nowhere
// Cost: Z (Channels · Kernel + In) + Channels² multiply-adds for each frame and layer
// Streams: the carry holds the last D (Kernel - 1) frames of every layer
// Differs from PyTorch: the layers of NAM's trainer are modules of their own; head_scale is no parameter there
// Source: A. van den Oord et al.: WaveNet, 2016; A. Wright et al.: Real-Time Guitar Amplifier Emulation with Deep
//     Learning, 2020

#include <kiln/core/bias.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/contract/stream.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/kernels/correlate_channels.hpp>
#include <kiln/kernels/dilated_frames.hpp>
#include <kiln/kernels/gated_rows.hpp>
#include <kiln/layers/detail/wavenet_stack.hpp>

#include <boost/hana/basic_tuple.hpp>
#include <boost/hana/define_struct.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {
template <int... Numbers>
inline constexpr int largest_of = [] {
    int most = 1;
    for (const int next : {1, Numbers...}) most = next > most ? next : most;
    return most;
}();
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// The dilations of a stack's layers.
template <int... D>
struct Dilations {
    static constexpr bool positive = (... && (D > 0));
    static constexpr int largest = detail::largest_of<D...>;
    static constexpr int count = sizeof...(D);
    static constexpr std::array<int, sizeof...(D)> each{D...};
};

/// Whether the layers of a stack have gates: a = Activation(z) sigmoid(gate).
enum class Gates { none, sigmoid };

/// A stack of layers of a WaveNet, each of `Channels` channels, whose sums lead to Head channels. Activation is a layer
/// of single elements: Tanh, FastTanh, ReLU, LeakyReLU<>, Sigmoid, SiLU, HardSwish. B is the head's bias.
template <int Channels, int Head, int Kernel, class Dilated, class A, Gates G = Gates::none, Bias B = Bias::learned>
struct WaveNetStack {
    static constexpr int channels = Channels, head = Head, kernel = Kernel, layers = Dilated::count,
                         rows = G == Gates::none ? Channels : 2 * Channels;
    static constexpr auto dilations = Dilated::each;
    static constexpr bool has_head_bias = B == Bias::learned, is_elementwise = kernels::ElementActivation<A>;
    using Activation = A;
    // The frames before its own that an output hears; countable stacks have few enough.
    static constexpr int reach = [] {
        long long sum = 0;
        for (const int dilation : dilations) sum += (Kernel - 1LL) * dilation;
        return static_cast<int>(sum < Extents::limit ? sum : Extents::limit);
    }();

    static constexpr bool sane = Channels > 0 && Head > 0 && Kernel > 0 && layers > 0 && Dilated::positive;
    static constexpr bool countable =
        Extents{layers, rows, Channels, Kernel}.valid() &&
        (Kernel - 1LL) * Dilated::largest < Extents::limit / Channels / layers / 16;  // the rings of a batch of 16
};

/// Stacks of dilated causal layers whose sums are the output: Shape<T, In> -> Shape<T, Head of the last stack>. The head
/// of a stack is as wide as the stack behind it.
template <int In, class... Stacks>
struct WaveNet {
    using claims_of = WaveNet;
    static constexpr int stacks = sizeof...(Stacks);

    static constexpr bool sane = In > 0 && (... && Stacks::sane);
    static constexpr bool countable = (... && Stacks::countable);
    static constexpr bool elementwise = (... && Stacks::is_elementwise);
    // The stack whose head is not as wide as the next stack, or -1; and a width: channels, 0 before the first.
    static constexpr std::array<int, sizeof...(Stacks) + 1> widths{Stacks::channels..., 0}, heads{Stacks::head..., 0};
    static constexpr int loose = [] {
        for (int s = 0; s + 1 < stacks; ++s)
            if (heads[static_cast<std::size_t>(s)] != widths[static_cast<std::size_t>(s) + 1]) return s;
        return -1;
    }();
    static constexpr int outputs = stacks > 0 ? heads[static_cast<std::size_t>(stacks - 1)] : 1;
    static constexpr bool fits = stacks > 0 && sane&& countable&& elementwise&& loose < 0;

    static constexpr Fit shape(Extents in) {
        return {.out = Extents{in[0] < 1 ? 1 : in[0], outputs < 1 ? 1 : outputs},
                .fits = fits && in.rank == 2 && in[1] == In};
    }
    template <class X>
    using needs =
        typename detail::first_unmet<detail::need<(stacks > 0), at_least_one_stack>,
                                     detail::need<sane, positive_arguments>, detail::need<countable, fewer_elements>,
                                     detail::need<elementwise, activations_of_single_elements>,
                                     detail::need<(loose < 0), head_as_wide_as_the_next_stack<loose>>,
                                     detail::need<X::rank == 2, rank<2>>, detail::need<false, frames_of<In>>>::type;

    template <std::size_t I>
    using Stack =
        detail::WaveNetStackPasses<detail::type_at<I, detail::types<Stacks...>>,
                                   I == 0 ? In : widths[I > 0 ? I - 1 : 0], In, I == 0, I + 1 == sizeof...(Stacks)>;
    using Indices = std::index_sequence_for<Stacks...>;

    template <class S>
    struct Scale {
        BOOST_HANA_DEFINE_STRUCT(Scale, (Tensor<S, Shape<1>>, head_scale));
    };
    // Stack I is called "I", and the scale has no name before its own.
    struct Names {
        static constexpr auto digits = [] {
            std::array<std::array<char, 4>, sizeof...(Stacks) + 1> all{};
            for (int s = 0; s < stacks; ++s) {
                auto& text = all[static_cast<std::size_t>(s)];
                std::size_t n = 0;
                if (s > 9) text[n++] = static_cast<char>('0' + s / 10 % 10);
                text[n] = static_cast<char>('0' + s % 10);
            }
            return all;
        }();
        static constexpr auto text = [] {
            std::array<const char*, sizeof...(Stacks) + 1> all{};
            for (std::size_t s = 0; s < all.size(); ++s) all[s] = digits[s].data();
            return all;
        }();
    };

    template <class S, class, class I = Indices>
    struct ParametersOf;
    template <class S, class X, std::size_t... I>
    struct ParametersOf<S, X, std::index_sequence<I...>> {
        using type = NamedTuple<Names, typename Stack<I>::template Parameters<S>..., Scale<S>>;
    };
    template <class S, class X>
    using Parameters = typename ParametersOf<S, X>::type;

    static constexpr void initialize(auto& parameters, auto& random) {
        for_stacks([&](auto i) { Stack<i>::initialize(part_of<i>(parameters), random); });
        scale_of(parameters)[0] = 0.02f;
    }
    static constexpr long long multiply_adds(Extents in) {
        long long frame = outputs;
        for_stacks([&](auto i) { frame += Stack<i>::multiply_adds(); });
        return frame * in[0];
    }

    static constexpr std::array<StackKind, sizeof...(Stacks) + 1> stack_kinds{
        StackKind{.channels = Stacks::channels,
                  .head = Stacks::head,
                  .kernel = Stacks::kernel,
                  .layers = Stacks::layers,
                  .dilations = Stacks::dilations.data(),
                  .has_gates = Stacks::rows > Stacks::channels,
                  .has_head_bias = Stacks::has_head_bias,
                  .activation = Stacks::Activation::kind()}...};
    static constexpr Kind kind() {
        return {
            .name = "WaveNet", .inputs = In, .outputs = outputs, .stacks = stack_kinds.data(), .stack_count = stacks};
    }

    // ---- Streams

    template <class E, class, class I = Indices>
    struct CarryOf;
    template <class E, class X, std::size_t... I>
    struct CarryOf<E, X, std::index_sequence<I...>> {
        hana::basic_tuple<typename Stack<I>::template Carry<E>...> stacks;
    };
    template <class E, class X>
    using Carry = CarryOf<E, X>;
    static constexpr int receptive_field(Extents) { return (1 + ... + Stacks::reach); }

    static constexpr void reset(auto& carry, const auto&) {
        for_stacks([&](auto i) { part_of<i>(carry.stacks).clear(); });
    }
    template <class E, int N>
    static constexpr void step(const Tensor<E, Shape<N, In>>& x, Tensor<E, Shape<N, outputs>>& y, auto& carry,
                               auto at) {
        Nothing none;
        run<N>(x.data, y.data, carry, at.parameters, none);
    }

    // ---- Passes

    template <class E, class X, class I = Indices>
    struct TapeOf;
    template <class E, class X, std::size_t... I>
    struct TapeOf<E, X, std::index_sequence<I...>> {
        hana::basic_tuple<typename Stack<I>::template Tape<E, X::extents[0]>...> stacks;
        Tensor<E, Shape<X::extents[0], outputs>> head;
    };
    template <class E, class X>
    using Tape = TapeOf<E, X>;

    template <class E, class X, Wanted W>
    struct Scratch {
        static constexpr int widest = detail::largest_of<In, Stacks::channels..., Stacks::head...>;
        struct Slopes {
            template <int Size>
            using Frames = Tensor<E, Shape<X::extents[0], Size>>;
            Frames<widest> x, sum, sums, out;
            Frames<detail::largest_of<Stacks::rows...>> z;
            Tensor<scalar_t<E>, Shape<detail::largest_of<(Stacks::rows * Stacks::channels * Stacks::kernel)...>>>
                turned;
        };
        Carry<E, X> carry;
        [[no_unique_address]] std::conditional_t<W == Wanted::outputs, Nothing, Slopes> slopes;
    };

    template <class E, int T>
    static constexpr void forward(const Tensor<E, Shape<T, In>>& x, Tensor<E, Shape<T, outputs>>& y, auto at) {
        reset(at.scratch.carry, at.parameters);
        run<T>(x.data, y.data, at.scratch.carry, at.parameters, at.tape);
    }

    static constexpr bool backward_without_gradients = true, reads_output = false;
    template <class E, int T>
    static constexpr void backward(const Tensor<E, Shape<T, In>>& x, const auto&,
                                   const Tensor<E, Shape<T, outputs>>& dy, auto& dx, auto at) {
        auto& slopes = at.scratch.slopes;
        if constexpr (!is_nothing<decltype(at.gradients)>)
            scale_of(at.gradients)[0] += rounded(kernels::sum_of_products(at.tape.head.data, dy.data, dy.count));
        kernels::scale_elements(dy.data, scale_of(at.parameters)[0], slopes.out.data, dy.count);
        if constexpr (!is_nothing<decltype(dx)>) kernels::clear_elements(dx.data, dx.count);
        for_stacks([&](auto i) {
            constexpr std::size_t s = sizeof...(Stacks) - 1 - i;
            const E* const input = [&] {
                if constexpr (s == 0)
                    return x.data;
                else
                    return part_of<s - 1>(at.tape.stacks).output.data;
            }();
            auto& gradients = [&]() -> auto& {
                if constexpr (is_nothing<decltype(at.gradients)>)
                    return at.gradients;
                else
                    return part_of<s>(at.gradients);
            }
            ();
            Stack<s>::template backward<T>(input, x.data, part_of<s>(at.tape.stacks), part_of<s>(at.parameters),
                                           gradients, slopes, dx);
        });
    }

    static void describe(const auto& x, auto& y, auto at) {
        const auto u = x.then("Transpose").with("perm", {0, 2, 1});
        auto frames = u;
        for_stacks([&](auto i) { Stack<i>::describe(frames, u, y, i > 0, part_of<i>(at.parameters)); });
        y = y.then("Mul", scale_of(at.parameters)).then("Transpose").with("perm", {0, 2, 1});
    }

  private:
    static constexpr void for_stacks(auto f) {
        [&]<std::size_t... I>(std::index_sequence<I...>) { (f(std::integral_constant<std::size_t, I>{}), ...); }
        (Indices{});
    }
    static constexpr auto& scale_of(auto& parameters) { return part_of<sizeof...(Stacks)>(parameters).head_scale; }

    // N frames, a block of them after the other. The tape may be Nothing.
    template <int N, class E>
    static constexpr void run(const E* x, E* y, auto& carry, const auto& parameters, auto& tape) {
        using Row = kernels::ChannelRow<E>;
        for (int first = 0; first < N; first += Row::block)
            block(x + first * In, y + first * outputs, carry, parameters, tape, first,
                  N - first < Row::block ? N - first : Row::block);
    }
    // Stacks read one buffer and write the other: frames, and sums.
    template <class E>
    static constexpr void block(const E* x, E* y, auto& carry, const auto& parameters, auto& tape, int first, int n) {
        constexpr int count = kernels::ChannelRow<E>::block,
                      widest = detail::largest_of<Stacks::channels..., Stacks::head...>;
        kernels::ArrayOf<E, In * count> memory;
        E* const u = kernels::one_pointer(memory);  // or g++ 12 warns that it is not written, if there were no frame
        kernels::ArrayOf<kernels::ArrayOf<E, widest * count>, 2> frames, sums;
        kernels::frames_to_rows<In>(x, u, n);
        kernels::clear_elements(sums[0], widths[0] * count);
        for_stacks([&](auto i) {
            constexpr int from = i % 2, to = 1 - from;
            const E* const input = i == 0 ? u : frames[from];
            if constexpr (is_nothing<decltype(tape)>)
                Stack<i>::step(input, u, sums[from], frames[to], sums[to], part_of<i>(carry.stacks),
                               part_of<i>(parameters), tape, first, n);
            else
                Stack<i>::step(input, u, sums[from], frames[to], sums[to], part_of<i>(carry.stacks),
                               part_of<i>(parameters), part_of<i>(tape.stacks), first, n);
        });
        E* const head = sums[stacks % 2];
        if constexpr (!is_nothing<decltype(tape)>)
            kernels::rows_to_frames<outputs>(head, tape.head.data + first * outputs, n);
        kernels::rows_to_frames<outputs>(head, y, n);
        kernels::scale_elements(y, scale_of(parameters)[0], y, n * outputs);
    }
};

}  // namespace kiln
