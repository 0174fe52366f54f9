// SPDX-License-Identifier: BSL-1.0
#pragma once
// Attention of several heads: each frame takes from all frames as much as its query and their keys agree. In
// CausalAttention a frame takes from itself and those before it.
//
// Shape: Shape<T, D>, unchanged, where Heads divides D
// Shape: Attention as a node of a graph: queries <T, D> and frames <S, D>, or queries, keys <S, D> and values <S, D>,
//     -> Shape<T, D>
// Formula: q, k, v = in_proj_weight x + in_proj_bias for each frame; each head takes D / Heads neighbours of them
//     (kernels/attention.hpp); y = out_proj.weight (all heads' results) + out_proj.bias
// Parameters: in_proj_weight (3 D, D), whose rows are those of queries, keys, values, uniform within sqrt(6 / (4 D));
//     out_proj.weight (D, D), uniform within 1 / sqrt(D); unless B is Bias::none, in_proj_bias (3 D) and
//     out_proj.bias (D), which start at 0
// Cost: 2 T D² + 2 S D² multiply-adds for the projections, and (2 D + 2 Heads) for each query and key that it sees
// Lengths: keys beyond a sample's length are seen by nobody; keys of another input have the length of that input
// Streams: CausalAttention; the carry holds the keys and the values of the last T frames. Frame T and later ones see
//   those, where a longer sample would have shown them all
// Differs from PyTorch: no dropout of shares, no masks but the causal one, all widths are D
// Source: A. Vaswani et al.: Attention is all you need, 2017; torch.nn.MultiheadAttention(D, Heads, batch_first=True)

#include <kiln/core/bias.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/initialize.hpp>
#include <kiln/core/scheme.hpp>
#include <kiln/kernels/attention.hpp>
#include <kiln/kernels/correlate_frames.hpp>
#include <kiln/kernels/correlate_frames_gradient.hpp>
#include <kiln/kernels/transpose.hpp>
#include <kiln/layers/detail/attention_layout.hpp>
#include <kiln/layers/detail/describe_attention.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// Attention of one to three inputs, and causal attention of one.
template <int Heads, bool Causal, bool HasBias>
struct HeadsOfAttention {
    static constexpr bool sane = Heads > 0;

    static constexpr Fit shape(std::same_as<Extents> auto... in) requires(sizeof...(in) > 0) {
        const Extents all[] = {in...};
        const Extents &first = all[0], &last = all[sizeof...(in) - 1];
        Fit fit{.out = first, .fits = sane && sizeof...(in) <= (Causal ? 1 : 3)};
        for (const Extents& one : all)
            fit.fits = fit.fits && one.rank == 2 && one.values == 0 && one[1] == first[1] &&
                       one[1] % (sane ? Heads : 1) == 0 && Extents{one[1], one[1], 3}.valid();
        fit.fits = fit.fits && all[sizeof...(in) > 1 ? 1 : 0] == last;
        return fit;
    }
    template <class In>
    using needs = typename need_of_attention<Heads, Causal ? 1 : 3, In>::type;

    template <class In>
    using Layout = typename attention_layout<In>::type;
    template <class L>
    using Head =
        kernels::HeadSizes<L::queries, L::keys, L::features / Heads, Causal, L::query_step, L::key_step, L::features>;

    template <class S, class In>
    using Parameters = attention_parameters<S, Layout<In>::features, HasBias>;
    static constexpr void initialize(auto& parameters, auto& random) {
        auto& in = part_of<0>(parameters).in_proj_weight;
        auto& out = part_of<1>(parameters).weight;
        Glorot::draw(in, random);
        initialize_uniform(out, std::remove_cvref_t<decltype(out)>::Dimensions::extents[1], random);
    }

    // The product of a weight, of which Outputs neighbouring rows are used, with frames of Inputs elements.
    template <int Outputs, int Inputs>
    static constexpr kernels::FrameSizes weights{
        .inputs = Inputs, .outputs = Outputs, .x_step = Inputs, .y_step = Outputs, .w_input = 1, .w_output = Inputs};
    // The product of slopes with the same rows.
    template <int Outputs, int Inputs>
    static constexpr kernels::FrameSizes weights_back{
        .inputs = Outputs, .outputs = Inputs, .x_step = Outputs, .y_step = Inputs, .w_input = Inputs, .w_output = 1};
    // For one sample, the weights of a few outputs at a time are transposed.
    template <class E, int Outputs, int Inputs, int T>
    using Panel =
        std::conditional_t<std::is_same_v<E, float>, kernels::FramePanel<weights<Outputs, Inputs>, T>, Nothing>;
    template <class E, class L>
    struct Panels {
        [[no_unique_address]] Panel<E, L::serves(0) * L::features, L::features, L::queries> first;
        [[no_unique_address]] Panel<E, L::serves(1) * L::features, L::features, L::keys> others;
        [[no_unique_address]] Panel<E, L::features, L::features, L::queries> out;
    };
    // y = bias + weight x for each of T frames.
    template <int Outputs, int Inputs, int T, class E>
    static constexpr void multiply(const E* x, const auto* weight, const auto& bias, E* y, auto& panel) {
        if constexpr (std::is_same_v<E, float>)
            kernels::correlate_frames<weights<Outputs, Inputs>, T>(x, weight, bias, y, panel);
        else
            kernels::correlate_frames<weights<Outputs, Inputs>, T>(x, weight, bias, y);
    }

    // The projections, the results of all heads, and of training the shares.
    template <class E, class L, int Shares>
    struct Kept {
        using Layout = L;
        Tensor<E, Shape<L::elements>> projected;
        Tensor<E, Shape<L::queries * L::features>> results;
        ArrayOf<E, Shares> shares;
    };
    template <class E, class L>
    struct TrainingScratch : Panels<E, L> {
        using Layout = L;
        Tensor<E, Shape<L::elements>> projected;
        Tensor<E, Shape<L::queries * L::features>> results;
        kernels::HeadMemory<E, Head<L>> head;
    };
    template <class E, class L>
    struct InferenceScratch : Kept<E, L, 1>, Panels<E, L> {
        kernels::HeadMemory<E, Head<L>> head;
    };
    template <class E, class In>
    using Tape = Kept<E, Layout<In>, Heads * Layout<In>::queries * kernels::share_room<E, Layout<In>::keys>>;
    template <class E, class In, Wanted W>
    using Scratch =
        std::conditional_t<W == Wanted::outputs, InferenceScratch<E, Layout<In>>, TrainingScratch<E, Layout<In>>>;

    static constexpr long long multiply_adds(std::same_as<Extents> auto... in) {
        const Extents all[] = {in...};
        const long long T = all[0][0], S = all[sizeof...(in) - 1][0], D = all[0][1];
        return (2 * T + 2 * S) * D * D + (Causal ? T * (T + 1) / 2 : T * S) * (2 * D + 2 * Heads);
    }

    static constexpr bool reads_lengths = !Causal;  // a causal query sees no padding, unless it is padding itself
    static constexpr void forward(const auto& x, auto& y, auto at) {
        if constexpr (is_nothing<decltype(at.tape)>)
            attend<false>(x, y, at, at.scratch);
        else
            attend<true>(x, y, at, at.tape);
    }

    static constexpr bool reads_output = false, backward_without_gradients = true;
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto at) {
        using L = typename std::remove_cvref_t<decltype(at.tape)>::Layout;
        constexpr int T = L::queries, D = L::features;
        auto& slopes = at.scratch;
        if constexpr (!is_nothing<decltype(at.gradients)>) {
            constexpr kernels::FrameSizes out = weights<D, D>;
            kernels::correlate_frames_gradient<out, T>(at.tape.results.data, dy.data, T,
                                                       part_of<1>(at.gradients).weight.data);
            if constexpr (HasBias) {
                auto* const bias = part_of<1>(at.gradients).bias.data;
                kernels::add_frames<out, T>(dy.data, bias);
            }
        }
        kernels::correlate_frames<weights_back<D, D>, T>(dy.data, part_of<1>(at.parameters).weight.data, Nothing{},
                                                         slopes.results.data);
        for (int head = 0; head < Heads; ++head) {
            const int first = head * (D / Heads), key = L::key + first, value = L::value + first;
            const auto* const q = at.tape.projected.data;
            const auto* const dresults = slopes.results.data;
            auto* const dq = slopes.projected.data;
            constexpr int shares =
                T * kernels::share_room<typename std::remove_cvref_t<decltype(dy)>::Element, L::keys>;
            kernels::attend_backward<Head<L>>(q + first, q + key, q + value, at.tape.shares + head * shares,
                                              dresults + first, dq + first, dq + key, dq + value, slopes.head);
        }
        [&]<int... I>(std::integer_sequence<int, I...>) { (project_backward<L, I>(x, dx, at), ...); }
        (std::make_integer_sequence<int, L::inputs>{});
    }

    static void describe(const auto& x, auto& y, auto at) {
        using L = Layout<typename std::remove_cvref_t<decltype(x)>::Dimensions>;
        y = described_attention<L, Heads, Causal, HasBias>(x, at);
    }

    // ---- Streams

    template <class E, class In>
    requires Causal using Carry = kernels::KeyRing<E, In::extents[0], In::extents[1]>;
    template <class S, class In>
    requires Causal using Prepared = detail::turned_attention<S, In::extents[1], HasBias>;
    static constexpr int receptive_field(Extents in) requires Causal { return in[0]; }

    static constexpr void prepare(const auto& parameters, auto& prepared) {
        constexpr int D = std::remove_cvref_t<decltype(prepared)>::features;
        const auto& in = part_of<0>(parameters);
        const auto& out = part_of<1>(parameters);
        kernels::transpose_matrix<3 * D, D>(in.in_proj_weight.data, prepared.in.data);
        kernels::transpose_matrix<D, D>(out.weight.data, prepared.out.data);
        prepared.in_bias = in.in_proj_bias;
        prepared.out_bias = out.bias;
    }
    static constexpr void reset(auto& carry, const auto&) { carry.clear(); }
    template <class E, int N, int D>
    static constexpr void step(const Tensor<E, Shape<N, D>>& x, Tensor<E, Shape<N, D>>& y, auto& carry, auto at) {
        constexpr int size = D / Heads;
        const auto& w = at.prepared;
        Tensor<E, Shape<N, 3, D>> projected;
        Tensor<E, Shape<N, D>> results;
        kernels::correlate_frames<turned<3 * D, D>, N>(x.data, w.in.data, elements_from(w.in_bias), projected.data);
        for (int t = 0; t < N; ++t) {
            const E* const q = projected.data + t * 3 * D;
            carry.append(q + D, q + 2 * D);
            for (int first = 0; first < D; first += size)
                kernels::attend<size>(q + first, carry, first, results.data + t * D + first);
        }
        kernels::correlate_frames<turned<D, D>, N>(results.data, w.out.data, elements_from(w.out_bias), y.data);
    }

  private:
    // The product of a prepared weight, whose outputs stand side by side, with frames.
    template <int Outputs, int Inputs>
    static constexpr kernels::FrameSizes turned{
        .inputs = Inputs, .outputs = Outputs, .x_step = Inputs, .y_step = Outputs, .w_input = Outputs, .w_output = 1};
    // The first of the rows of a weight or a bias that serve input I: the order is queries, keys, values.
    template <class L, int I>
    static constexpr int first_row = I* L::features;

    // Projects input I to what it serves.
    template <class L, int I>
    static constexpr void project(const auto& x, auto at, auto& projected) {
        constexpr int T = L::frames(I), D = L::features, outputs = L::serves(I) * D, first = first_row<L, I>;
        const auto& in = part_of<0>(at.parameters);
        const auto* const from = tensor_of<I>(x).data;
        auto* const to = projected.data + L::offset(I);
        auto& panel = [&]() -> auto& {
            if constexpr (I == 0)
                return at.scratch.first;
            else
                return at.scratch.others;
        }
        ();
        multiply<outputs, D, T>(from, in.in_proj_weight.data + first * D, elements_from(in.in_proj_bias, first), to,
                                panel);
    }
    template <class L, int I>
    static constexpr void project_backward(const auto& x, auto& dx, auto at) {
        constexpr int T = L::frames(I), D = L::features, outputs = L::serves(I) * D, first = first_row<L, I>;
        const auto* const slopes = at.scratch.projected.data + L::offset(I);
        if constexpr (!is_nothing<decltype(at.gradients)>) {
            constexpr kernels::FrameSizes sizes = weights<outputs, D>;
            auto& in = part_of<0>(at.gradients);
            kernels::correlate_frames_gradient<sizes, T>(tensor_of<I>(x).data, slopes, T,
                                                         in.in_proj_weight.data + first * D);
            if constexpr (HasBias) {
                auto* const bias = in.in_proj_bias.data + first;
                kernels::add_frames<sizes, T>(slopes, bias);
            }
        }
        if constexpr (!is_nothing<decltype(dx)>)
            if constexpr (!is_nothing<decltype(tensor_of<I>(dx))>)
                kernels::correlate_frames<weights_back<outputs, D>, T>(
                    slopes, part_of<0>(at.parameters).in_proj_weight.data + first * D, Nothing{},
                    tensor_of<I>(dx).data);
    }

    template <bool Keep, class E, class Out>
    static constexpr void attend(const auto& x, Tensor<E, Out>& y, auto at, auto& kept) {
        using L = typename std::remove_cvref_t<decltype(kept)>::Layout;
        constexpr int T = L::queries, D = L::features, shares = T * kernels::share_room<E, L::keys>;
        [&]<int... I>(std::integer_sequence<int, I...>) { (project<L, I>(x, at, kept.projected), ...); }
        (std::make_integer_sequence<int, L::inputs>{});
        kernels::KeyLimit<E> limit;
        if constexpr (!Causal)
            if (at.pass.lengths != nullptr) {
                limit.is_set = true;
                const Pass keys = at.pass.of_second();
                for (int l = 0; l < width<E>; ++l) limit.keys[l] = keys.length(l, L::keys);
            }
        for (int head = 0; head < Heads; ++head) {
            const int first = head * (D / Heads);
            const E* const q = kept.projected.data + first;
            kernels::attend<Head<L>, Keep>(q, q + L::key, q + L::value, kept.shares + (Keep ? head * shares : 0),
                                           kept.results.data + first, limit, at.scratch.head);
        }
        const auto& out = part_of<1>(at.parameters);
        multiply<D, D, T>(kept.results.data, out.weight.data, elements_from(out.bias), y.data, at.scratch.out);
    }
};

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

template <int Heads, Bias... B>
    requires(sizeof...(B) <= 1)
struct CausalAttention;

/// Attention of Heads heads: Shape<T, D>, unchanged, where Heads divides D. In a graph also of queries to other frames:
/// Node<"y", Attention<4>, "queries", "frames">.
template <int Heads, Bias... B>
    requires(sizeof...(B) <= 1)
struct Attention : detail::HeadsOfAttention<Heads, false, detail::learns_bias<B...>> {
    using claims_of = Attention;
    template <class>
    using causal = CausalAttention<Heads, B...>;
};

/// Attention of each frame to itself and to those before it: Shape<T, D>, unchanged, where Heads divides D.
template <int Heads, Bias... B>
    requires(sizeof...(B) <= 1)
struct CausalAttention : detail::HeadsOfAttention<Heads, true, detail::learns_bias<B...>> {
    using claims_of = CausalAttention;
};

}  // namespace kiln
