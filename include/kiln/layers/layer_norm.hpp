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

    template <class E, class X>
    static constexpr void forward(const Tensor<E, X>& x, Tensor<E, X>& y, auto at) {
        using S = scalar_t<E>;
        for (int run = 0; run < X::count / Size; ++run) {
            const E* const from = x.data + run * Size;
            E sum(S(0)), squares(S(0));
            for (int i = 0; i < Size; ++i) sum += kernels::load<E>(from + i);
            const E mean = sum / E(S(Size));
            for (int i = 0; i < Size; ++i) {
                const E deviation = kernels::load<E>(from + i) - mean;
                squares = fma(deviation, deviation, squares);
            }
            const E inverse = E(S(1)) / sqrt(squares / E(S(Size)) + E(S(static_cast<double>(Epsilon))));
            for (int i = 0; i < Size; ++i) {
                const E normal = (kernels::load<E>(from + i) - mean) * inverse;
                kernels::store(fma(normal, E(at.parameters.weight[i]), E(at.parameters.bias[i])),
                               y.data + run * Size + i);
            }
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
        const auto normal = [&](int run, int i) {
            return (kernels::load<E>(x.data + run * Size + i) - kernels::load<E>(at.tape.mean.data + run)) *
                   kernels::load<E>(at.tape.inverse.data + run);
        };
        for (int i = 0; i < Size; ++i) {
            E slopes(S(0)), products(S(0));
            for (int run = 0; run < runs; ++run) {
                const E slope = kernels::load<E>(dy.data + run * Size + i);
                slopes += slope;
                products = fma(slope, normal(run, i), products);
            }
            at.gradients.weight[i] += reduce(products);
            at.gradients.bias[i] += reduce(slopes);
        }
        if constexpr (!is_nothing<decltype(dx)>) {
            for (int run = 0; run < runs; ++run) {
                E slopes(S(0)), products(S(0));
                for (int i = 0; i < Size; ++i) {
                    const E slope = kernels::load<E>(dy.data + run * Size + i) * E(at.parameters.weight[i]);
                    slopes += slope;
                    products = fma(slope, normal(run, i), products);
                }
                const E size(S{Size}), mean = slopes / size, along = products / size;
                for (int i = 0; i < Size; ++i) {
                    const E slope = kernels::load<E>(dy.data + run * Size + i) * E(at.parameters.weight[i]);
                    kernels::store((slope - mean - normal(run, i) * along) *
                                       kernels::load<E>(at.tape.inverse.data + run),
                                   dx.data + run * Size + i);
                }
            }
        }
    }

    static void describe(const auto& x, auto& y, auto at) {
        y = x.then("LayerNormalization", at.parameters.weight, at.parameters.bias)
                .with("axis", -tail(x.extents).rank)
                .with("epsilon", Epsilon);
    }
};

}  // namespace kiln
