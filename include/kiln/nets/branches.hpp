// SPDX-License-Identifier: BSL-1.0
#pragma once
// Containers that branch. Their parts read one value, and a join (nets/join.hpp) ends them:
//
//   Residual<Conv<16, 16, 3, 1, 1>, BatchNorm<16>, ReLU, Conv<16, 16, 3, 1, 1>, BatchNorm<16>>     y = x + f(x)
//   Sum<Sequential<Conv<16, 32, 3, 2, 1>, …>, Conv<16, 32, 1, 2>>                                  y = f(x) + g(x)
//   Multiply<Linear<8, 8>, Sequential<Linear<8, 8>, Sigmoid>>                                      y = f(x) g(x)
//   Concat<Conv<64, 16, 1>, Conv<64, 32, 3, 1, 1>, Conv<64, 8, 5, 1, 2>>                           channels in a row
//   Repeat<3, Residual<…>>                                                                         y = f_3(f_2(f_1(x)))
//
// All nest, with batch statistics, dropout and fusion inside. Parameters are named by the position of their part:
// "0.weight" within the container. Source of Residual: K. He et al.: Deep Residual Learning, 2016; of Concat: C. Szegedy
// et al.: Going Deeper with Convolutions, 2015.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/record.hpp>
#include <kiln/nets/join.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/nets/wired.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// A chain of `Depth` parts, and a join of the container's input and the chain's output.
template <int Depth>
constexpr auto residual_wiring() {
    Wiring<Depth + 1, 2> wiring;
    for (int i = 0; i < Depth; ++i) {
        wiring.fan[static_cast<std::size_t>(i)] = 1;
        wiring.from[static_cast<std::size_t>(i)][0] = i;
    }
    wiring.fan[Depth] = 2;
    wiring.from[Depth] = {0, Depth};
    wiring.outputs[0] = Depth + 1;
    return wiring;
}
// Branches that read the container's input, and a join of their outputs.
template <int Depth>
constexpr auto branch_wiring() {
    Wiring<Depth + 1, (Depth > 1 ? Depth : 1)> wiring;
    for (int i = 0; i < Depth; ++i) {
        wiring.fan[static_cast<std::size_t>(i)] = 1;
        wiring.from[Depth][static_cast<std::size_t>(i)] = i + 1;
    }
    wiring.fan[Depth] = Depth;
    wiring.outputs[0] = Depth + 1;
    return wiring;
}

// The container Of<Parts…> without the join at its end.
template <template <class...> class Of, class List, class Indices>
struct without_join;
template <template <class...> class Of, class List, std::size_t... I>
struct without_join<Of, List, std::index_sequence<I...>> {
    using type = Of<type_at<I, List>...>;
};
template <template <class...> class Of, class... Parts>
using without_join_t = typename without_join<Of, types<Parts...>, IndicesBelow<sizeof...(Parts) - 1>>::type;

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// y = x + f(x), where f is the chain of layers; f(x) must have the shape of x.
template <class... Layers>
struct Residual : Wired<Residual<Layers...>> {
    static constexpr bool has_parts = sizeof...(Layers) > 0;
    template <class>
    using needs = at_least_one_layer;
    static constexpr int depth = sizeof...(Layers) + 1;
    template <int I>
    using Layer = detail::type_at<static_cast<std::size_t>(I), detail::types<Layers..., Add>>;
    static constexpr auto wiring = detail::residual_wiring<sizeof...(Layers)>();
    template <int I>
    using Step = std::conditional_t<I + 1 < depth, layer<I>, the_join>;
    template <class... Parts>
    using with_parts = detail::without_join_t<kiln::Residual, Parts...>;
};

/// y = f(x) + g(x) + …: the sum of what two or more parts make of x. Their outputs must have one shape.
template <class... Parts>
struct Sum : Wired<Sum<Parts...>> {
    static constexpr int depth = sizeof...(Parts) + 1;
    template <int I>
    using Layer = detail::type_at<static_cast<std::size_t>(I), detail::types<Parts..., Add>>;
    static constexpr auto wiring = detail::branch_wiring<sizeof...(Parts)>();
    template <int I>
    using Step = std::conditional_t<I + 1 < depth, branch<I>, the_join>;
    template <class... P>
    using with_parts = detail::without_join_t<kiln::Sum, P...>;
};

/// With parts: y = f(x) g(x) …, element by element. The outputs of the parts must have one shape.
template <class... Parts>
struct Multiply : Wired<Multiply<Parts...>> {
    static constexpr int depth = sizeof...(Parts) + 1;
    template <int I>
    using Layer = detail::type_at<static_cast<std::size_t>(I), detail::types<Parts..., Multiply<>>>;
    static constexpr auto wiring = detail::branch_wiring<sizeof...(Parts)>();
    template <int I>
    using Step = std::conditional_t<I + 1 < depth, branch<I>, the_join>;
    template <class... P>
    using with_parts = detail::without_join_t<kiln::Multiply, P...>;
};

/// With parts: f(x), g(x), … one after the other along the first dimension. Their other sizes must be alike.
template <class... Parts>
struct Concat : Wired<Concat<Parts...>> {
    static constexpr int depth = sizeof...(Parts) + 1;
    template <int I>
    using Layer = detail::type_at<static_cast<std::size_t>(I), detail::types<Parts..., Concat<>>>;
    static constexpr auto wiring = detail::branch_wiring<sizeof...(Parts)>();
    template <int I>
    using Step = std::conditional_t<I + 1 < depth, branch<I>, the_join>;
    template <class... P>
    using with_parts = detail::without_join_t<kiln::Concat, P...>;
};

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {
template <class Block, class Indices>
struct repeated;
template <class Block, std::size_t... I>
struct repeated<Block, std::index_sequence<I...>> {
    template <std::size_t>
    using Again = Block;
    using type = Sequential<Again<I>...>;
};
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// A chain of N blocks of one type, each with parameters of its own: another name of Sequential<Block, Block, …>.
template <int N, class Block>
using Repeat = typename detail::repeated<Block, detail::IndicesBelow<(N > 0 ? N : 0)>>::type;

}  // namespace kiln
