// SPDX-License-Identifier: BSL-1.0
#pragma once
// Convolution along time: the work of Conv1d and CausalConv1d, which differ in the zeros before and behind the frames.

#include <kiln/core/bias.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/initialize.hpp>
#include <kiln/kernels/activated.hpp>
#include <kiln/kernels/correlate_frames.hpp>
#include <kiln/kernels/correlate_frames_gradient.hpp>
#include <kiln/kernels/frame_window.hpp>
#include <kiln/kernels/mask_frames.hpp>
#include <kiln/kernels/transpose.hpp>

#include <numeric>
#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

/// The arguments of a convolution along time: `before` and `after` are the zeros at either end.
struct FrameConvArguments {
    int in = 1, out = 1, kernel = 1, stride = 1, before = 0, after = 0, dilation = 1, groups = 1;
    bool has_bias = true;

    constexpr bool sane() const {
        return in > 0 && out > 0 && kernel > 0 && stride > 0 && before >= 0 && after >= 0 && dilation > 0 && groups > 0;
    }
    constexpr bool divisible() const { return groups > 0 && in % groups == 0 && out % groups == 0; }
    constexpr int group_in() const { return sane() && divisible() ? in / groups : 1; }
    constexpr int group_out() const { return sane() && divisible() ? out / groups : 1; }
    /// The frames from a window's first tap to its last.
    constexpr long long reach() const { return (kernel - 1LL) * dilation; }
    constexpr bool countable() const {
        return Extents{out, group_in(), kernel}.valid() && reach() + before + after < Extents::limit / 2;
    }
    /// The frames that a sequence must have.
    constexpr int least() const {
        const long long frames = reach() + 1 - before - after;
        return !countable() || frames < 1 ? 1 : static_cast<int>(frames);
    }
    /// The frames of the output.
    constexpr int frames(int count) const {
        const long long room = count + 0LL + before + after - reach() - 1;
        return !sane() || !countable() || room < 0 ? 1 : static_cast<int>(room / stride) + 1;
    }
};

/// The zeros before the first frame that make a convolution causal. Arguments that the layer refuses give 0.
constexpr int causal_zeros(int kernel, int dilation) {
    const long long zeros = (kernel - 1LL) * dilation;
    return zeros < 0 || zeros > Extents::limit ? 0 : static_cast<int>(zeros);
}

// Layer L is the convolution itself.
template <class L, FrameConvArguments A>
struct FrameConv {
    using claims_of = L;
    static constexpr int group_in = A.group_in(), group_out = A.group_out(),
                         reach = A.countable() ? static_cast<int>(A.reach()) : 0,
                         fan_in = A.countable() ? group_in * A.kernel : 1;

    static constexpr Fit shape(Extents in) {
        return {.out = Extents{A.frames(in[0]), A.out < 1 ? 1 : A.out},
                .fits =
                    A.sane() && A.divisible() && A.countable() && in.rank == 2 && in[1] == A.in && in[0] >= A.least()};
    }
    template <class X>
    using needs =
        typename first_unmet<need<A.sane(), positive_arguments>, need<A.divisible(), channels_divisible_by_groups>,
                             need<X::rank == 2, rank<2>>, need<X::extents[1] == A.in, frames_of<A.in>>,
                             need<A.countable(), fewer_elements>, need<false, frames_of_at_least<A.least()>>>::type;

    // Whether the layer would fit if it had as many inputs as a frame of X.
    template <class X>
    static constexpr bool repairable = A.sane() && A.divisible() && A.countable() && X::rank == 2 &&
                                       X::extents[1] != A.in&& X::extents[1] % (A.groups > 0 ? A.groups : 1) == 0;

    template <class S, class>
    using Parameters = weight_and_bias<S, Shape<A.out, group_in, A.kernel>, A.out, A.has_bias>;
    static constexpr void initialize(auto& parameters, auto& random) {
        initialize_uniform(parameters.weight, fan_in, random);
        initialize_uniform(parameters.bias, fan_in, random);
    }

    // The weights with the outputs of a group side by side: [group][input][tap][output].
    template <class S>
    struct Turned {
        Tensor<S, Shape<A.out * fan_in>> weight;
        [[no_unique_address]] std::conditional_t<A.has_bias, Tensor<S, Shape<A.out>>, Nothing> bias;
    };
    static constexpr void prepare(const auto& parameters, auto& prepared) {
        prepared.bias = parameters.bias;
        for (int g = 0; g < A.groups; ++g)
            kernels::transpose_matrix<group_out, fan_in>(parameters.weight.data + g * group_out * fan_in,
                                                         prepared.weight.data + g * group_out * fan_in);
    }
    // For one sample, weights are prepared in each pass: `turned` has the inputs side by side, [output][tap][input].
    // Samples shorter than their shape need a copy of x with zeros behind their end, if windows reach there.
    template <class E, class X, Wanted W>
    struct Scratch {
        static constexpr bool is_one = std::is_same_v<E, float>;
        [[no_unique_address]] std::conditional_t<is_one, Turned<E>, Nothing> prepared;
        [[no_unique_address]] std::conditional_t<is_one && W == Wanted::all_gradients && (A.kernel > 1),
                                                 Tensor<E, Shape<A.out * fan_in>>, Nothing>
            turned;
        [[no_unique_address]] std::conditional_t<(A.after > 0), Tensor<E, X>, Nothing> masked;
    };

    static constexpr bool reads_lengths = A.after > 0;

    static constexpr long long multiply_adds(Extents in) {
        const kernels::FrameWindow read = window(in[0]);
        long long rows = 0;
        for (int tap = 0; tap < A.kernel; ++tap) rows += read.rows_of(tap).count();
        return rows * group_in * A.out;
    }

    template <class, class Next>
    using fused = kernels::activated_t<L, Next>;

    template <class E, class X>
    static constexpr void forward(const Tensor<E, X>& input, auto& y, auto at, auto finish) {
        const Tensor<E, X>& x = masked(input, at);
        constexpr kernels::FrameWindow read = window(X::extents[0]);
        if constexpr (std::is_same_v<E, float>) {
            prepare(at.parameters, at.scratch.prepared);
            for (int g = 0; g < A.groups; ++g)
                kernels::correlate_window<sizes<true>(), read, A.in>(
                    x.data + g * group_in, at.scratch.prepared.weight.data + g * group_out * fan_in,
                    elements_from(at.parameters.bias, g * group_out), y.data + g * group_out, finish);
        } else {
            for (int g = 0; g < A.groups; ++g)
                kernels::correlate_window<sizes<false>(), read, A.in>(
                    x.data + g * group_in, at.parameters.weight.data + g * group_out * fan_in,
                    elements_from(at.parameters.bias, g * group_out), y.data + g * group_out, finish);
        }
    }
    static constexpr void forward(const auto& x, auto& y, auto at) { forward(x, y, at, kernels::Unchanged{}); }

    static constexpr bool backward_without_gradients = true;
    static constexpr bool reads_output = false;
    // `change` turns a slope behind an activation, given y, into the slope before it.
    template <class E, class X>
    static constexpr void backward(const Tensor<E, X>& input, const auto& y, auto& dy, auto& dx, auto at, auto change) {
        const auto change_rows = [&](int begin, int end, int first, int count) {
            for (int row = begin; row < end; ++row)
                for (int o = row * A.out + first; o < row * A.out + first + count; ++o)
                    kernels::store(change(kernels::load<E>(y.data + o), kernels::load<E>(dy.data + o)), dy.data + o);
        };
        add_gradients(input, dy, at, change_rows);
        if constexpr (is_nothing<decltype(at.gradients)>) change_rows(0, A.frames(X::extents[0]), 0, A.out);
        input_gradient(dy, dx, at);
    }
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto at) {
        add_gradients(x, dy, at, [](int, int, int, int) {});
        input_gradient(dy, dx, at);
    }

    static void describe(const auto& x, auto& y, auto at) {
        y = x.then("Transpose")
                .with("perm", {0, 2, 1})
                .then("Conv", at.parameters.weight, at.parameters.bias)
                .with("kernel_shape", {A.kernel})
                .with("strides", {A.stride})
                .with("pads", {A.before, A.after})
                .with("dilations", {A.dilation})
                .with("group", A.groups)
                .then("Transpose")
                .with("perm", {0, 2, 1});
    }

  protected:
    static constexpr kernels::FrameWindow window(int frames) {
        return {.frames = frames,
                .rows = A.frames(frames),
                .taps = A.kernel,
                .stride = A.stride,
                .first = -A.before,
                .dilation = A.dilation};
    }
    // The sizes of a group, with weights as in the parameters or as prepared.
    template <bool IsPrepared>
    static constexpr kernels::FrameSizes sizes() {
        return {.inputs = group_in,
                .outputs = group_out,
                .x_step = A.stride * A.in,
                .y_step = A.out,
                .taps = A.kernel,
                .w_tap = IsPrepared ? group_out : 1,
                .w_input = IsPrepared ? A.kernel * group_out : A.kernel,
                .w_output = IsPrepared ? 1 : fan_in};
    }

  private:
    // x with zeros behind the end of each sample.
    template <class X>
    static constexpr const X& masked(const X& x, const auto& at) {
        if constexpr (reads_lengths)
            if (at.pass.lengths != nullptr) {
                at.scratch.masked = x;
                kernels::mask_frames(at.scratch.masked.data, X::Dimensions::extents[0], A.in, at.pass);
                return at.scratch.masked;
            }
        return x;
    }
    template <class S, class Dims>
    static constexpr const S* turned(const Tensor<S, Dims>& weight, auto& scratch) {
        if constexpr (requires { scratch.turned.data; }) {
            for (int o = 0; o < A.out; ++o)
                kernels::transpose_matrix<group_in, A.kernel>(weight.data + o * fan_in,
                                                              scratch.turned.data + o * fan_in);
            return scratch.turned.data;
        } else {
            return weight.data;
        }
    }

    template <class E, class X>
    static constexpr void add_gradients(const Tensor<E, X>& input, const auto& dy, const auto& at, auto change_rows) {
        if constexpr (!is_nothing<decltype(at.gradients)>) {
            const Tensor<E, X>& x = masked(input, at);
            for (int g = 0; g < A.groups; ++g)
                kernels::correlate_window_gradient<sizes<false>(), window(X::extents[0]), A.in>(
                    x.data + g * group_in, dy.data + g * group_out, at.gradients.weight.data + g * group_out * fan_in,
                    gradient_of_bias<scalar_t<E>>(at.gradients.bias, g),
                    [&](int begin, int end) { change_rows(begin, end, g * group_out, group_out); });
        }
    }
    template <class S>
    static constexpr S* gradient_of_bias(auto& bias, int group) {
        if constexpr (is_nothing<decltype(bias)>)
            return nullptr;
        else
            return bias.data + group * group_out;
    }

    // Frame u of dx is the sum over taps k and rows r, where r stride - before + k dilation = u. Frames at distance
    // `stride` read the same taps, from the last to the first: those in one class of remainders.
    template <class E, class X>
    static constexpr void input_gradient(const auto& dy, Tensor<E, X>& dx, const auto& at) {
        const auto* const w = turned(at.parameters.weight, at.scratch);
        [&]<std::size_t... Class>(std::index_sequence<Class...>) {
            (gradient_of_class<static_cast<int>(Class), E, X>(dy.data, dx.data, w), ...);
        }
        (IndicesBelow<(A.stride < X::extents[0] ? A.stride : X::extents[0])>{});
        if constexpr (reads_lengths) kernels::mask_frames(dx.data, X::extents[0], A.in, at.pass);
    }
    static constexpr void input_gradient(const auto&, Nothing&, const auto&) {}
    template <int Class, class E, class X>
    static constexpr void gradient_of_class(const E* dy, E* dx, const auto* w) {
        constexpr bool is_turned = std::is_same_v<E, float>;
        constexpr int apart = A.stride / std::gcd(A.stride, A.dilation);  // taps of one class
        constexpr int last = [] {
            for (int k = A.kernel; k-- > 0;)
                if ((Class + A.before - k * A.dilation) % A.stride == 0) return k;
            return -1;
        }();
        constexpr kernels::FrameWindow read{.frames = A.frames(X::extents[0]),
                                            .rows = (X::extents[0] - Class + A.stride - 1) / A.stride,
                                            .taps = last < 0 ? 0 : last / apart + 1,
                                            .stride = 1,
                                            .first = last < 0 ? 0 : (Class + A.before - last * A.dilation) / A.stride,
                                            .dilation = apart * A.dilation / A.stride};
        constexpr int tap_step = is_turned ? group_in : 1;
        constexpr kernels::FrameSizes back{.inputs = group_out,
                                           .outputs = group_in,
                                           .x_step = A.out,
                                           .y_step = A.stride * A.in,
                                           .taps = read.taps > 0 ? read.taps : 1,
                                           .w_tap = -apart * tap_step,
                                           .w_input = fan_in,
                                           .w_output = is_turned ? 1 : A.kernel};
        for (int g = 0; g < A.groups; ++g)
            kernels::correlate_window<back, read, A.out>(dy + g * group_out,
                                                         w + g * group_out * fan_in + (last < 0 ? 0 : last) * tap_step,
                                                         Nothing{}, dx + Class * A.in + g * group_in);
    }
};

}  // namespace kiln::inline KILN_TARGET::detail
