// SPDX-License-Identifier: BSL-1.0
#pragma once
// Vectors for whole numbers, as the words or the characters of a text.
//
// Shape: Tokens<Vocabulary, T> -> Shape<T, D>; in general D is put behind the sizes of the tokens
// Formula: y_t = weight[x_t]
// Parameters: weight (Vocabulary, D), normally distributed with mean 0 and deviation 1
// Cost: no multiply-adds; backward sums the slopes of each token apart, and adds them once
// Differs from PyTorch: no padding_idx, max_norm, scale_grad_by_freq
// Source: torch.nn.Embedding

#include <kiln/core/bias.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/kernels/lookup.hpp>

#include <type_traits>

namespace kiln {

/// y_t = row x_t of a learned table: Tokens<Vocabulary, T> -> Shape<T, D>.
template <int Vocabulary, int D>
struct Embedding {
    static constexpr bool takes_tokens = true;
    static constexpr bool sane = Vocabulary > 0 && D > 0 && Extents{Vocabulary, D}.valid();

    static constexpr Fit shape(Extents in) {
        Fit fit{.out = in, .fits = sane && in.values == Vocabulary && in.rank < Extents::max_rank};
        fit.out.values = 0;
        if (in.rank < Extents::max_rank) fit.out.size[fit.out.rank++] = D < 1 ? 1 : D;
        return fit;
    }
    template <class>
    using needs = std::conditional_t<sane, tokens_below<Vocabulary>, positive_arguments>;
    template <class X>
    using repair = std::conditional_t<sane && (X::extents.values > 0), Embedding<X::extents.values, D>, void>;

    template <class S, class>
    using Parameters = detail::weight_and_bias<S, Shape<Vocabulary, D>, 1, false>;
    static constexpr void initialize(auto& parameters, auto& random) {
        for (auto& weight : parameters.weight) weight = random.normal();
    }

    static constexpr bool framewise(Extents) { return true; }
    template <class E, class X, Wanted W>
    using Scratch =
        std::conditional_t<W == Wanted::outputs, Nothing, kernels::SortedPlaces<Vocabulary, X::count, D, E>>;

    template <class E, class X>
    static constexpr void forward(const Tensor<E, X>& x, auto& y, auto at) {
        kernels::look_up<Vocabulary, X::count, D>(x.data, at.parameters.weight.data, y.data);
    }
    static constexpr bool reads_output = false, backward_without_gradients = true;
    template <class E, class X>
    static constexpr void backward(const Tensor<E, X>& x, const auto&, const auto& dy, auto&, auto at) {
        if constexpr (!is_nothing<decltype(at.gradients)>)
            kernels::add_to_rows(x.data, dy.data, at.gradients.weight.data, at.scratch);
    }
    static void describe(const auto& x, auto& y, auto at) { y = x.make("Gather", at.parameters.weight, x); }
};

}  // namespace kiln
