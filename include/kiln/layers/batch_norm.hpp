// SPDX-License-Identifier: BSL-1.0
#pragma once
// Batch normalisation: each channel c of a map, or each feature of a vector, is brought to mean 0 and variance 1, then
// scaled and moved.
//
// Shape: any shape whose first size is Channels, unchanged
// Formula: y = weight_c (x - mean_c) / sqrt(variance_c + epsilon) + bias_c
// Parameters: weight (Channels), which starts at 1; bias (Channels), which starts at 0
// State: running_mean and running_var (Channels each): running = (1 - Momentum) running + Momentum new
// Cost: one multiply-add for each element and each channel, in inference; none after `fold` (model/fold.hpp)
// Differs from PyTorch: a batch with a single number per channel is no error; then y is the bias, and the state stays.
// Source: S. Ioffe, C. Szegedy: Batch Normalization, 2015; torch.nn.BatchNorm1d and BatchNorm2d
//
// In training mean_c and variance_c (biased, by 1 / n) are those of channel c over all pixels of all samples of the
// batch, however many passes the batch takes. `running_var` takes the unbiased variance, by 1 / (n - 1). Inference uses
// the state.

#include <kiln/core/bias.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/real.hpp>
#include <kiln/kernels/activated.hpp>
#include <kiln/kernels/moments.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>

#include <boost/hana/define_struct.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

template <class S, int Channels>
struct RunningMoments {
    BOOST_HANA_DEFINE_STRUCT(RunningMoments, (Tensor<S, Shape<Channels>>, running_mean),
                             (Tensor<S, Shape<Channels>>, running_var));
};
// The moments of each channel over `count` numbers: the mean of x, and the sums of (x - mean)², of dy and of dy (x -
// mean).
template <class S, int Channels>
struct BatchMoments {
    Tensor<S, Shape<Channels>> mean, squares, slopes, products;
    long long count;
};

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// Batch normalisation of any shape whose first size is Channels.
template <int Channels, real Momentum = 0.1, real Epsilon = 1e-5>
struct BatchNorm {
    static constexpr bool sane = Channels > 0;

    static constexpr Fit shape(Extents in) { return {.out = in, .fits = sane && in[0] == Channels}; }
    template <class>
    using needs = std::conditional_t<sane, channels<Channels>, positive_arguments>;
    template <class X>
    using repair = std::conditional_t<sane, BatchNorm<X::extents[0], Momentum, Epsilon>, void>;

    template <class S, class>
    using Parameters = detail::weight_and_bias<S, Shape<Channels>, Channels, true>;
    static constexpr void initialize(auto& parameters, auto&) {
        for (auto& weight : parameters.weight) weight = 1;
    }

    template <class S, class>
    using State = detail::RunningMoments<S, Channels>;
    static constexpr void initialize_state(auto& state) {
        for (auto& variance : state.running_var) variance = 1;
    }

    template <class S, class>
    using Statistics = detail::BatchMoments<S, Channels>;

    static constexpr long long multiply_adds(Extents in) { return in.count() + Channels; }

    template <class, class Next>
    using fused = kernels::activated_t<BatchNorm, Next>;

    /// Inference as y = scale_c x + shift_c in each channel c, from the running averages.
    template <class S>
    static constexpr void as_affine(const auto& parameters, const auto& state, Tensor<S, Shape<Channels>>& scale,
                                    Tensor<S, Shape<Channels>>& shift) {
        for (int c = 0; c < Channels; ++c) {
            scale[c] = parameters.weight[c] / sqrt(state.running_var[c] + epsilon<S>);
            shift[c] = fma(-state.running_mean[c], scale[c], parameters.bias[c]);
        }
    }

    template <class E, class X>
    static constexpr void forward(const Tensor<E, X>& x, Tensor<E, X>& y, auto at, auto finish) {
        using S = scalar_t<E>;
        Tensor<S, Shape<Channels>> scale, shift;
        if constexpr (is_nothing<decltype(at.statistics)>) {
            as_affine(at.parameters, at.state, scale, shift);
        } else {
            for (int c = 0; c < Channels; ++c) {
                scale[c] = at.parameters.weight[c] * inverse_deviation(at.statistics, c);
                shift[c] = fma(-at.statistics.mean[c], scale[c], at.parameters.bias[c]);
            }
        }
        for (int c = 0; c < Channels; ++c) {
            const E factor(scale[c]), offset(shift[c]);
            for (int i = c * pixels<X>; i < (c + 1) * pixels<X>; ++i)
                kernels::store(finish(fma(kernels::load<E>(x.data + i), factor, offset)), y.data + i);
        }
    }
    static constexpr void forward(const auto& x, auto& y, auto at) { forward(x, y, at, kernels::Unchanged{}); }

    // With n numbers in a channel, h = (x - mean) inverse and k = weight inverse:
    //   dx = k (dy - sum dy / n - h sum(h dy) / n)
    static constexpr bool reads_output = false;
    template <class E, class X>
    static constexpr void backward(const Tensor<E, X>& x, const auto&, const Tensor<E, X>& dy, auto& dx, auto at) {
        using S = scalar_t<E>;
        if constexpr (!is_nothing<decltype(dx)>) {
            const auto& of = at.statistics;
            const E live = live_lanes<E>(at.pass.live);
            for (int c = 0; c < Channels; ++c) {
                const S inverse = inverse_deviation(of, c), k = at.parameters.weight[c] * inverse, n = S(of.count);
                const S a = -k * inverse * (of.products[c] * inverse) / n;
                const E factor(k), along(a), offset(-k * of.slopes[c] / n - a * of.mean[c]);
                for (int i = c * pixels<X>; i < (c + 1) * pixels<X>; ++i) {
                    const E rest = fma(along, kernels::load<E>(x.data + i), offset);
                    kernels::store(fma(factor, kernels::load<E>(dy.data + i), rest) * live, dx.data + i);
                }
            }
        }
    }

    template <class E, class X>
    static constexpr void measure(const Tensor<E, X>& x, auto& own, auto at) {
        using S = scalar_t<E>;
        const E live = live_lanes<E>(at.pass.live);
        own.count = static_cast<long long>(pixels<X>) * at.pass.live;
        for (int c = 0; c < Channels; ++c) {
            const auto lanes = kernels::moments<pixels<X>>(x.data + c * pixels<X>);
            const S mean = reduce(lanes.mean * live) / S(at.pass.live);
            const E deviation = lanes.mean - E(mean);
            own.mean[c] = mean;
            own.squares[c] = reduce(fma(deviation * deviation, E(S(pixels<X>)), lanes.squares) * live);
            own.slopes[c] = own.products[c] = S(0);
        }
    }
    // T. Chan, G. Golub, R. LeVeque: Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979.
    static constexpr void merge(auto& all, const auto& own) {
        if (all.count == 0) {
            all = own;
            return;
        }
        using S = std::remove_cvref_t<decltype(all.mean[0])>;
        const long long count = all.count + own.count;
        const S share = S(own.count) / S(count), weight = S(all.count) * share;
        for (int c = 0; c < Channels; ++c) {
            const S step = own.mean[c] - all.mean[c];
            all.mean[c] += step * share;
            all.squares[c] += own.squares[c] + step * step * weight;
        }
        all.count = count;
    }

    // `change(y, dy)` is the slope behind the layer, where a layer fused with it has its own slope.
    template <class E, class X>
    static constexpr void measure_slopes(const Tensor<E, X>& x, const Tensor<E, X>& y, const Tensor<E, X>& dy,
                                         Tensor<E, X>& kept, auto& own, auto at, auto change) {
        for (int c = 0; c < Channels; ++c) {
            const int begin = c * pixels<X>;
            const auto sums = kernels::sum_slopes<pixels<X>>(x.data + begin, y.data + begin, dy.data + begin,
                                                             kept.data + begin, E(at.statistics.mean[c]), change);
            own.slopes[c] = reduce(sums.slopes);
            own.products[c] = reduce(sums.products);
            at.gradients.bias[c] += own.slopes[c];
            at.gradients.weight[c] += rounded(own.products[c] * inverse_deviation(at.statistics, c));
        }
    }
    static constexpr void measure_slopes(const auto& x, const auto& y, const auto& dy, auto& kept, auto& own, auto at) {
        measure_slopes(x, y, dy, kept, own, at, [](const auto&, const auto& slope) { return slope; });
    }
    static constexpr void merge_slopes(auto& all, const auto& own) {
        for (int c = 0; c < Channels; ++c) {
            all.slopes[c] += own.slopes[c];
            all.products[c] += own.products[c];
        }
    }

    static constexpr void settle(auto& state, const auto& batch, int) {
        using S = std::remove_cvref_t<decltype(batch.mean[0])>;
        if (batch.count < 2) return;
        const S momentum = S(static_cast<double>(Momentum));
        for (int c = 0; c < Channels; ++c) {
            state.running_mean[c] += momentum * (batch.mean[c] - state.running_mean[c]);
            state.running_var[c] += momentum * (batch.squares[c] / S(batch.count - 1) - state.running_var[c]);
        }
    }
    static constexpr Kind kind() {
        return {.name = "BatchNorm", .inputs = Channels, .outputs = Channels, .parameter = Epsilon, .rank = 1};
    }
    static void describe(const auto& x, auto& y, auto at) {
        y = x.then("BatchNormalization", at.parameters.weight, at.parameters.bias, at.state.running_mean,
                   at.state.running_var)
                .with("epsilon", Epsilon);
    }

  private:
    template <class X>
    static constexpr int pixels = X::count / Channels;
    template <class S>
    static constexpr S epsilon = S(static_cast<double>(Epsilon));

    // 1 in the lanes that hold a sample, 0 in the other lanes.
    template <class E>
    static constexpr E live_lanes(int live) {
        E mask(scalar_t<E>(0));
        for (int l = 0; l < live; ++l) set_lane(mask, l, scalar_t<E>(1));
        return mask;
    }

    // 1 / sqrt(variance + epsilon) of channel c.
    static constexpr auto inverse_deviation(const auto& batch, int c) {
        using S = std::remove_cvref_t<decltype(batch.mean[0])>;
        return S(1) / sqrt(batch.squares[c] / static_cast<S>(batch.count) + epsilon<S>);
    }
};

}  // namespace kiln
