// SPDX-License-Identifier: BSL-1.0
#pragma once
// One stack of a WaveNet (layers/wavenet.hpp): its parameters, memory and passes. Forward goes through blocks of
// frames, all layers for a block, and keeps the last frames of each layer in rings. Backward goes through the layers
// from the last, all frames for a layer.

#include <kiln/core/bias.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/initialize.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/correlate_channels.hpp>
#include <kiln/kernels/dilated_frames.hpp>
#include <kiln/kernels/gated_rows.hpp>

#include <boost/hana/define_struct.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

// The learned numbers of a stack of form F with `Inputs` inputs, in a network of In inputs: of its layers, and of its
// head.
template <class S, class F, int Inputs, int In>
struct wavenet_layers {
    BOOST_HANA_DEFINE_STRUCT(wavenet_layers, (Tensor<S, Shape<F::channels, Inputs>>, rechannel),
                             (Tensor<S, Shape<F::layers, F::rows, F::channels, F::kernel>>, conv_weight),
                             (Tensor<S, Shape<F::layers, F::rows>>, conv_bias),
                             (Tensor<S, Shape<F::layers, F::rows, In>>, mixin),
                             (Tensor<S, Shape<F::layers, F::channels, F::channels>>, mix_weight),
                             (Tensor<S, Shape<F::layers, F::channels>>, mix_bias));
};
struct WaveNetStackNames {
    static constexpr const char* text[] = {"", "head"};
};
template <class S, class F, int Inputs, int In>
using wavenet_parameters = NamedTuple<WaveNetStackNames, wavenet_layers<S, F, Inputs, In>,
                                      weight_and_bias<S, Shape<F::head, F::channels>, F::head, F::has_head_bias>>;

// A part of a tensor, as a constant of a graph.
struct TensorPart {
    Extents extents;
    const float* from;

    void write(float* to) const {
        for (int i = 0; i < extents.count(); ++i) to[i] = from[i];
    }
};

// The stack of form F. Its input are frames of `Inputs` elements, those of the network frames of In.
template <class F, int Inputs, int In, bool IsFirst, bool IsLast>
struct WaveNetStackPasses {
    static constexpr int channels = F::channels, rows = F::rows, kernel = F::kernel, head = F::head, layers = F::layers;
    static constexpr bool is_gated = F::rows > F::channels;
    using Activation = typename F::Activation;

    // The mix of the network's last layer leads nowhere.
    static constexpr bool is_mixed(int layer) { return !IsLast || layer < layers - 1; }

    template <class S>
    using Parameters = wavenet_parameters<S, F, Inputs, In>;
    static constexpr void initialize(auto& parameters, auto& random) {
        auto& own = part_of<0>(parameters);
        initialize_uniform(own.rechannel, Inputs, random);
        initialize_uniform(own.conv_weight, channels * kernel, random);
        initialize_uniform(own.conv_bias, channels * kernel, random);
        initialize_uniform(own.mixin, In, random);
        initialize_uniform(own.mix_weight, channels, random);
        initialize_uniform(own.mix_bias, channels, random);
        initialize_uniform(part_of<1>(parameters).weight, channels, random);
        initialize_uniform(part_of<1>(parameters).bias, channels, random);
    }
    static constexpr long long multiply_adds() {
        const long long layer = static_cast<long long>(rows) * (channels * kernel + In) + (is_gated ? channels : 0) +
                                kiln::multiply_adds<Activation, Shape<channels>>();
        const int mixes = IsLast ? layers - 1 : layers;
        return channels * Inputs + layers * layer + mixes * channels * channels + head * channels;
    }

    // ---- Forward

    static constexpr int reach(int layer) { return (kernel - 1) * F::dilations[static_cast<std::size_t>(layer)]; }
    // Where the ring of each layer begins, and the end of the last.
    template <class E>
    static constexpr auto begins = [] {
        std::array<int, static_cast<std::size_t>(layers) + 1> all{};
        for (std::size_t l = 0; l + 1 < all.size(); ++l)
            all[l + 1] = all[l] + kernels::ChannelRing<E, channels>::count(reach(static_cast<int>(l)));
        return all;
    }();
    template <class E>
    struct Carry {
        alignas(sizeof(E) < 64 ? 64 : alignof(E)) kernels::ArrayOf<E, begins<E>.back()> frames;
        kernels::ArrayOf<int, layers> ends;

        constexpr kernels::ChannelRing<E, channels> ring(int layer) {
            return {frames + begins<E>[static_cast<std::size_t>(layer)], reach(layer), ends + layer};
        }
        constexpr void clear() {
            for (int layer = 0; layer < layers; ++layer) ring(layer).clear();
        }
    };
    template <class E, int T>
    struct Tape {
        static constexpr int frames = T;
        Tensor<E, Shape<layers, T, channels>> x;
        Tensor<E, Shape<layers, T, rows>> kept;
        Tensor<E, Shape<T, channels>> sums;
        [[no_unique_address]] std::conditional_t<IsLast, Nothing, Tensor<E, Shape<T, channels>>> output;
    };

    // n frames, in rows of blocks: of the stack's input, of the network's u, of the sums so far. x and y get the frames
    // behind the stack, and of the head. `first` is the number of the first frame on the tape.
    template <class E>
    static constexpr void step(const E* input, const E* u, E* sums, E* x, E* y, auto& carry, const auto& p, auto& tape,
                               int first, int n) {
        using Row = kernels::ChannelRow<E>;
        using Pack = typename Row::Pack;
        constexpr int block = Row::block;
        constexpr bool keeps = !is_nothing<decltype(tape)>;
        const auto& own = part_of<0>(p);
        const auto& last = part_of<1>(p);
        const auto from_zero = [](int, int) { return Pack(scalar_t<E>(0)); };
        kernels::correlate_channels<kernels::ChannelSizes{.inputs = Inputs, .outputs = channels, .w_output = Inputs}>(
            input, own.rechannel.data, from_zero, x, n);
        for (int l = 0; l < layers; ++l) {
            kernels::ArrayOf<E, rows * block> z;
            kernels::ArrayOf<int, kernel> at{};
            const auto ring = carry.ring(l);
            ring.append(x, n);
            for (int k = 0; k < kernel; ++k)
                at[k] = ring.start(n, (kernel - 1 - k) * F::dilations[static_cast<std::size_t>(l)]);
            const auto* const bias = own.conv_bias.data + l * rows;
            kernels::correlate_channels<kernels::ChannelSizes{.inputs = channels,
                                                              .outputs = rows,
                                                              .taps = kernel,
                                                              .w_tap = 1,
                                                              .w_input = kernel,
                                                              .w_output = channels * kernel}>(
                ring.frames, ring.row(), at, own.conv_weight.data + l * rows * channels * kernel,
                [&](int o, int) { return Pack(bias[o]); }, z, block, n);
            kernels::correlate_channels<kernels::ChannelSizes{.inputs = In, .outputs = rows, .w_output = In}>(
                u, own.mixin.data + l * rows * In, [&](int o, int t) { return kernels::load<Pack>(z + o * block + t); },
                z, n);
            if constexpr (keeps)
                kernels::rows_to_frames<channels>(x, tape.x.data + (l * tape.frames + first) * channels, n);
            const auto kept = [&] {
                if constexpr (keeps)
                    return tape.kept.data + (l * tape.frames + first) * rows;
                else
                    return Nothing{};
            }();
            kernels::activate_rows<Activation, channels, is_gated>(z, sums, kept, n);
            if (is_mixed(l)) {
                const auto* const offset = own.mix_bias.data + l * channels;
                kernels::correlate_channels<kernels::ChannelSizes{
                    .inputs = channels, .outputs = channels, .w_output = channels}>(
                    z, own.mix_weight.data + l * channels * channels,
                    [&](int o, int t) { return kernels::load<Pack>(x + o * block + t) + Pack(offset[o]); }, x, n);
            }
        }
        if constexpr (keeps) {
            kernels::rows_to_frames<channels>(sums, tape.sums.data + first * channels, n);
            if constexpr (!IsLast) kernels::rows_to_frames<channels>(x, tape.output.data + first * channels, n);
        }
        const auto offset = elements_from(last.bias);
        kernels::correlate_channels<kernels::ChannelSizes{.inputs = channels, .outputs = head, .w_output = channels}>(
            sums, last.weight.data,
            [&](int o, int) {
                if constexpr (is_nothing<decltype(offset)>)
                    return Pack(scalar_t<E>(0));
                else
                    return Pack(offset[o]);
            },
            y, n);
    }

    // ---- Export: values have channels before frames. `sums` may be absent; it becomes the head.

    static void describe(auto& x, const auto& u, auto& sums, bool has_sums, const auto& p) {
        const auto& own = part_of<0>(p);
        const auto& last = part_of<1>(p);
        x = product(x, own.rechannel.data, channels, Inputs);
        for (int l = 0; l < layers; ++l) {
            const auto half = [&](int first) {
                return conv(x, own.conv_weight.data + (l * rows + first) * channels * kernel,
                            {channels, channels, kernel}, F::dilations[static_cast<std::size_t>(l)],
                            TensorPart{{channels}, own.conv_bias.data + l * rows + first})
                    .then("Add", product(u, own.mixin.data + (l * rows + first) * In, channels, In));
            };
            auto a = sums;
            Activation::describe(half(0), a, Nothing{});
            if constexpr (is_gated) a = a.then("Mul", half(channels).then("Sigmoid"));
            sums = has_sums || l > 0 ? sums.then("Add", a) : a;
            if (is_mixed(l))
                x = x.then("Add", product(a, own.mix_weight.data + l * channels * channels, channels, channels,
                                          TensorPart{{channels}, own.mix_bias.data + l * channels}));
        }
        if constexpr (is_nothing<decltype(last.bias)>)
            sums = product(sums, last.weight.data, head, channels);
        else
            sums = product(sums, last.weight.data, head, channels, TensorPart{{head}, last.bias.data});
    }
    template <class Value>
    static Value product(const Value& x, const float* weight, int outputs, int inputs, const auto&... bias) {
        return conv(x, weight, {outputs, inputs, 1}, 1, bias...);
    }
    template <class Value>
    static Value conv(const Value& x, const float* weight, Extents extents, int dilation, const auto&... bias) {
        return x.then("Conv", TensorPart{extents, weight}, bias...)
            .with("kernel_shape", {extents[2]})
            .with("strides", {1})
            .with("pads", {(extents[2] - 1) * dilation, 0})
            .with("dilations", {dilation})
            .with("group", 1);
    }

    // ---- Backward

    // `slopes.out` has the slopes of the head, and for a stack that is not the last one `slopes.x` those of the frames
    // behind the stack. Both get those of the stack before. dx may be Nothing; else those of u are added.
    template <int T, class E>
    static constexpr void backward(const E* input, const E* u, const auto& tape, const auto& p, auto& g, auto& slopes,
                                   auto& dx) {
        constexpr bool learns = !is_nothing<decltype(g)>, wants_dx = !is_nothing<decltype(dx)>;
        const auto& own = part_of<0>(p);
        const auto& last = part_of<1>(p);
        E *const out = slopes.out.data, *const x = slopes.x.data, *const sum = slopes.sum.data,
                 *const z = slopes.z.data, *const of_sums = slopes.sums.data;
        if constexpr (learns)
            kernels::product_gradient<T, channels, head>(tape.sums.data, out, part_of<1>(g).weight.data,
                                                         elements_from(part_of<1>(g).bias));
        kernels::product_input_slopes<T, channels, head>(last.weight.data, out, of_sums);
        if constexpr (IsLast) kernels::clear_elements(x, T * channels);
        for (int l = layers - 1; l >= 0; --l) {
            const E* const kept = tape.kept.data + l * T * rows;
            const int dilation = F::dilations[static_cast<std::size_t>(l)];
            const int conv = l * rows * channels * kernel;
            if (is_mixed(l)) {
                if constexpr (learns) {
                    kernels::activate_kept<Activation, channels, is_gated>(kept, sum, T);
                    kernels::product_gradient<T, channels, channels>(
                        sum, x, part_of<0>(g).mix_weight.data + l * channels * channels,
                        part_of<0>(g).mix_bias.data + l * channels);
                }
                kernels::product_input_slopes<T, channels, channels>(own.mix_weight.data + l * channels * channels, x,
                                                                     sum);
            } else {
                kernels::clear_elements(sum, T * channels);
            }
            kernels::activation_slopes<Activation, channels, is_gated>(kept, sum, of_sums, z, T);
            if constexpr (learns) {
                kernels::dilated_gradient<T, channels, rows, kernel>(tape.x.data + l * T * channels, z, dilation,
                                                                     part_of<0>(g).conv_weight.data + conv,
                                                                     part_of<0>(g).conv_bias.data + l * rows);
                kernels::product_gradient<T, In, rows>(u, z, part_of<0>(g).mixin.data + l * rows * In, Nothing{});
            }
            if constexpr (wants_dx) {
                kernels::product_input_slopes<T, In, rows>(own.mixin.data + l * rows * In, z, sum);
                kernels::add_elements(sum, dx.data, T * In);
            }
            kernels::dilated_input_slopes<T, channels, rows, kernel>(own.conv_weight.data + conv, z, dilation,
                                                                     slopes.turned.data, sum);
            kernels::add_elements(sum, x, T * channels);
        }
        if constexpr (learns)
            kernels::product_gradient<T, Inputs, channels>(input, x, part_of<0>(g).rechannel.data, Nothing{});
        if constexpr (!IsFirst || wants_dx)
            kernels::product_input_slopes<T, Inputs, channels>(own.rechannel.data, x, sum);
        if constexpr (!IsFirst) {
            kernels::copy_elements(sum, x, T * Inputs);
            kernels::copy_elements(of_sums, out, T * channels);
        } else if constexpr (wants_dx) {
            kernels::add_elements(sum, dx.data, T * In);
        }
    }
};

}  // namespace kiln::inline KILN_TARGET::detail
