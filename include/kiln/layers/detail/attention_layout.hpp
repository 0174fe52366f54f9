// SPDX-License-Identifier: BSL-1.0
#pragma once
// The records of attention (layers/attention.hpp), the places of queries, keys and values in memory, and what it needs
// of its inputs.

#include <kiln/core/bias.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/record.hpp>

#include <boost/hana/define_struct.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

template <class S, int D, bool HasBias>
struct in_projection {
    BOOST_HANA_DEFINE_STRUCT(in_projection, (Tensor<S, Shape<3 * D, D>>, in_proj_weight),
                             (Tensor<S, Shape<3 * D>>, in_proj_bias));
};
template <class S, int D>
struct in_projection<S, D, false> {
    BOOST_HANA_DEFINE_STRUCT(in_projection, (Tensor<S, Shape<3 * D, D>>, in_proj_weight));
    [[no_unique_address]] Nothing in_proj_bias;
};
struct AttentionNames {
    static constexpr const char* text[] = {"", "out_proj"};
};
template <class S, int D, bool HasBias>
using attention_parameters =
    NamedTuple<AttentionNames, in_projection<S, D, HasBias>, weight_and_bias<S, Shape<D, D>, D, HasBias>>;

// The parameters for a stream: weights with their outputs side by side.
template <class S, int D, bool HasBias>
struct turned_attention {
    static constexpr int features = D;
    Tensor<S, Shape<D, 3 * D>> in;
    Tensor<S, Shape<D, D>> out;
    [[no_unique_address]] std::conditional_t<HasBias, Tensor<S, Shape<3 * D>>, Nothing> in_bias;
    [[no_unique_address]] std::conditional_t<HasBias, Tensor<S, Shape<D>>, Nothing> out_bias;
};

// Where queries, keys and values stand. Each input is projected to as many of the three as it serves; input 0 has T
// frames, others have S.
template <int Inputs, int T, int S, int D>
struct AttentionLayout {
    static constexpr int queries = T, keys = S, features = D, inputs = Inputs;
    static constexpr int elements = (T + 2 * S) * D;
    static constexpr int frames(int input) { return input == 0 ? T : S; }
    static constexpr int serves(int input) { return Inputs == 1 ? 3 : Inputs == 2 && input == 1 ? 2 : 1; }
    static constexpr int offset(int input) { return input == 0 ? 0 : T * D + (input - 1) * S * D; }
    static constexpr int query_step = serves(0) * D, key_step = serves(Inputs - 1) * D;
    static constexpr int key = Inputs == 1 ? D : T * D;
    static constexpr int value = Inputs == 3 ? T * D + S * D : key + D;
};
template <class In>
struct attention_layout {
    using type = AttentionLayout<1, In::extents[0], In::extents[0], In::extents[1]>;
};
template <class First, class Second, class... Third>
struct attention_layout<Shapes<First, Second, Third...>> {
    using type = AttentionLayout<2 + sizeof...(Third), First::extents[0], Second::extents[0], First::extents[1]>;
};

// The need of attention that does not fit inputs In.
template <int Heads, int Most, class In>
struct need_of_attention : need_of_attention<Heads, Most, Shapes<In>> {};
template <int Heads, int Most, class First, class... Rest>
struct need_of_attention<Heads, Most, Shapes<First, Rest...>> {
    static constexpr Extents all[] = {First::extents, Rest::extents...};
    static constexpr bool all_of(auto fits) {
        for (const Extents& one : all)
            if (!fits(one)) return false;
        return true;
    }
    static constexpr bool sane = Heads > 0, few = sizeof...(Rest) < Most,
                          of_reals = all_of([](const Extents&one) { return one.values == 0; }),
                          of_rank_two = all_of([](const Extents&one) { return one.rank == 2; }),
                          of_one_width = all_of([](const Extents&one) { return one[1] == all[0][1]; }),
                          divisible = all[0][1] % (sane ? Heads : 1) == 0;
    using type = typename first_unmet<need<sane, positive_arguments>, need<few, inputs<Most>>,
                                      need<of_reals, real_numbers>, need<of_rank_two, rank<2>>,
                                      need<of_one_width, equal_columns>, need<divisible, features_divisible_by<Heads>>,
                                      need<sizeof...(Rest) != 2, equal_rows>, need<false, fewer_elements>>::type;
};

}  // namespace kiln::inline KILN_TARGET::detail
