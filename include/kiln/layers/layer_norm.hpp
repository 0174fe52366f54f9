// SPDX-License-Identifier: BSL-1.0
#pragma once
// Layer normalisation: every run of Size neighbouring elements of a sample is brought to mean 0 and variance 1
// (biased), then scaled and moved, element by element.
//
// Shape: any shape whose last sizes multiply to Size, unchanged
// Formula: y_i = weight_i (x_i - mean) / sqrt(variance + epsilon) + bias_i
// Parameters: weight, which starts at 1; bias, which starts at 0; each has the shape of a run: (D) or (C, H, W)
// Cost: three multiply-adds for each element
// Source: J. Ba, J. Kiros, G. Hinton: Layer Normalization, 2016; torch.nn.LayerNorm

#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/real.hpp>
#include <kiln/kernels/pack.hpp>

#include <boost/hana/define_struct.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {
template <class S, class Normalized>
struct normalized_affine {
    BOOST_HANA_DEFINE_STRUCT(normalized_affine, (Tensor<S, Normalized>, weight), (Tensor<S, Normalized>, bias));
};
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// Layer normalisation: LayerNorm<D> normalises each row of Shape<T, D>, LayerNorm<C * H * W> a whole map.
template <int Size, real Epsilon = 1e-5>
struct LayerNorm {
    static constexpr bool sane = Size > 0;

    // All sizes if they multiply to Size; otherwise the fewest last sizes that multiply to at least Size, or all sizes
    // if even those multiply to less.
    static constexpr Extents tail(Extents in) {
        if (in.count() == Size) return in;
        int first = in.rank - 1;
        for (long long count = in[first]; first > 0 && count < Size; count *= in[first]) --first;
        Extents last;
        for (int k = first; k < in.rank; ++k) last.size[last.rank++] = in[k];
        return last;
    }
    static constexpr Fit shape(Extents in) { return {.out = in, .fits = sane && tail(in).count() == Size}; }
    template <class>
    using needs = std::conditional_t<sane, last_sizes_multiply_to<Size>, positive_arguments>;
    template <class X>
    using repair = std::conditional_t<sane, LayerNorm<X::extents[X::rank - 1], Epsilon>, void>;

    template <class S, class X>
    using Parameters = detail::normalized_affine<S, shape_of<tail(X::extents)>>;  // PyTorch's normalized_shape
    static constexpr void initialize(auto& parameters, auto&) {
        for (auto& weight : parameters.weight) weight = 1;
    }

    // The mean and 1 / sqrt(variance + epsilon) of each run.
    template <class E, class X>
    struct Tape {
        Tensor<E, Shape<X::count / Size>> mean, inverse;
    };

    static constexpr long long multiply_adds(Extents in) { return 3 * in.count(); }
    static constexpr bool framewise(Extents in) { return in.count() / in[0] % Size == 0; }

    template <class E, class X>
    static constexpr void forward(const Tensor<E, X>& x, Tensor<E, X>& y, auto at) {
        using S = scalar_t<E>;
        for (int run = 0; run < X::count / Size; ++run) {
            const E* const from = x.data + run * Size;
            E* const to = y.data + run * Size;
            const E size(S{Size});
            const E mean =
                sum<E>([&]<class P>(int i, const P& so_far) { return so_far + kernels::load<P>(from + i); }) / size;
            const E squares = sum<E>([&]<class P>(int i, const P& so_far) {
                const P deviation = kernels::load<P>(from + i) - P(mean);
                return fma(deviation, deviation, so_far);
            });
            const E inverse = E(S(1)) / sqrt(squares / size + E(S(static_cast<double>(Epsilon))));
            kernels::for_neighbours<E, Size>([&]<class P>(int i) {
                const P normal = (kernels::load<P>(from + i) - P(mean)) * P(inverse);
                kernels::store(
                    fma(normal, of_parameter<E, P>(at.parameters.weight, i), of_parameter<E, P>(at.parameters.bias, i)),
                    to + i);
            });
            if constexpr (!is_nothing<decltype(at.tape)>) {
                kernels::store(mean, at.tape.mean.data + run);
                kernels::store(inverse, at.tape.inverse.data + run);
            }
        }
    }

    // With h = (x - mean) inverse and g = weight dy: dx = inverse (g - mean of g - h mean of (h g)).
    static constexpr bool reads_output = false;
    template <class E, class X>
    static constexpr void backward(const Tensor<E, X>& x, const auto&, const Tensor<E, X>& dy, auto& dx, auto at) {
        using S = scalar_t<E>;
        constexpr int runs = X::count / Size;
        const auto normal = [&]<class P>(int run, int i, const P*) {
            return (kernels::load<P>(x.data + run * Size + i) - P(kernels::load<E>(at.tape.mean.data + run))) *
                   P(kernels::load<E>(at.tape.inverse.data + run));
        };
        kernels::for_neighbours<E, Size>([&]<class P>(int i) {
            P slopes(S(0)), products(S(0));
            for (int run = 0; run < runs; ++run) {
                const P slope = kernels::load<P>(dy.data + run * Size + i);
                slopes += slope;
                products = fma(slope, normal(run, i, static_cast<const P*>(nullptr)), products);
            }
            add<E>(products, at.gradients.weight.data + i);
            add<E>(slopes, at.gradients.bias.data + i);
        });
        if constexpr (!is_nothing<decltype(dx)>) {
            for (int run = 0; run < runs; ++run) {
                const auto slope = [&]<class P>(int i, const P*) {
                    return kernels::load<P>(dy.data + run * Size + i) * of_parameter<E, P>(at.parameters.weight, i);
                };
                const E size(S{Size});
                const E mean =
                    sum<E>([&]<class P>(int i, const P& so_far) { return so_far + slope(i, &so_far); }) / size;
                const E along = sum<E>([&]<class P>(int i, const P& so_far) {
                                    return fma(slope(i, &so_far), normal(run, i, &so_far), so_far);
                                }) /
                                size;
                kernels::for_neighbours<E, Size>([&]<class P>(int i) {
                    constexpr const P* pack = nullptr;
                    kernels::store((slope(i, pack) - P(mean) - normal(run, i, pack) * P(along)) *
                                       P(kernels::load<E>(at.tape.inverse.data + run)),
                                   dx.data + run * Size + i);
                });
            }
        }
    }

    static void describe(const auto& x, auto& y, auto at) {
        y = x.then("LayerNormalization", at.parameters.weight, at.parameters.bias)
                .with("axis", -tail(x.extents).rank)
                .with("epsilon", Epsilon);
    }

  private:
    // The sum over a run: add(i, sum so far) adds the pack of elements from i on.
    template <class E>
    static constexpr E sum(auto add) {
        using Pack = kernels::neighbours_t<E, Size>;
        Pack sums(scalar_t<E>(0));
        E rest(scalar_t<E>(0));
        kernels::for_neighbours<E, Size>([&]<class P>(int i) {
            if constexpr (std::is_same_v<P, Pack>)
                sums = add(i, sums);
            else
                rest = add(i, rest);
        });
        if constexpr (std::is_same_v<Pack, E>)
            return sums;
        else
            return reduce(sums) + rest;
    }
    // Neighbours of a parameter, or one number in all lanes.
    template <class E, class P>
    static constexpr P of_parameter(const auto& parameter, int i) {
        if constexpr (std::is_same_v<P, E>)
            return E(parameter.data[i]);
        else
            return kernels::load<P>(parameter.data + i);
    }
    template <class E, class P>
    static constexpr void add(const P& pack, auto* gradient) {
        if constexpr (std::is_same_v<P, E>)
            *gradient += rounded(reduce(pack));
        else
            kernels::store(kernels::load<P>(gradient) + rounded(pack), gradient);
    }
};

}  // namespace kiln
