// SPDX-License-Identifier: BSL-1.0
#pragma once
// Random networks, as types. A recipe is a value: layers with arguments that fit one after the other, and their
// grouping into nested Sequentials. A recipe is drawn from a seed while compiling and then spelled as a type. The
// shapes of a recipe are computed here anew, so that they also check the library's. A recipe may also be spoiled: one
// layer in it does not fit.

#include <kiln/core/random.hpp>

#include "laws/networks.hpp"

#include <tuple>
#include <type_traits>
#include <utility>

namespace kiln::laws {

enum class Kind { relu, tanh, flatten, pool, conv, linear };

/// A layer as a value: its kind and template arguments.
struct Step {
    Kind kind = Kind::relu;
    int a = 1, b = 1, c = 1, d = 1, e = 0;
};

struct Recipe {
    static constexpr int most = 7;

    Extents input, output;
    int count = 0, groups = 0;
    Step step[most] = {};
    int group[most] = {};         ///< how many steps each group holds
    bool wrapped[most] = {};      ///< whether a group is a Sequential of its own; always if it holds several steps
    int misfit = -1;              ///< the step that does not fit, if any
    int misfit_position[2] = {};  ///< its group, and its place therein

    constexpr void add(Step next) { step[count++] = next; }
};

namespace detail {

constexpr int least(int a, int b) { return a < b ? a : b; }
constexpr int between(Random& random, int low, int high) { return low + random.below(high - low + 1); }

constexpr Step draw(Random& random, const Extents& x) {
    switch (random.below(6)) {
    case 0:
        return {Kind::relu};
    case 1:
        return {Kind::tanh};
    case 2:
        if (x.rank != 3) return {Kind::linear, static_cast<int>(x.count()), between(random, 2, 7)};
        return {Kind::pool, between(random, 1, least(3, least(x[1], x[2]))), between(random, 1, 3)};
    default:
        break;
    }
    if (x.rank != 3) return {Kind::tanh};
    const int padding = between(random, 0, 2);
    const int kernel = between(random, 1, least(4, least(x[1], x[2]) + 2 * padding));
    return {Kind::conv, x[0], between(random, 1, 5), kernel, between(random, 1, 2), padding};
}

constexpr Extents after(const Step& step, const Extents& x) {
    switch (step.kind) {
    case Kind::relu:
    case Kind::tanh:
        return x;
    case Kind::flatten:
        return {static_cast<int>(x.count())};
    case Kind::linear:
        return {step.b};
    case Kind::pool:
        return {x[0], (x[1] - step.a) / step.b + 1, (x[2] - step.a) / step.b + 1};
    case Kind::conv:
        break;
    }
    const auto positions = [&](int n) { return (n + 2 * step.e - step.c) / step.d + 1; };
    return {step.b, positions(x[1]), positions(x[2])};
}

constexpr void spoil(Recipe& recipe, Random& random) {
    int place = random.below(recipe.count);
    while (recipe.step[place].kind < Kind::pool) ++place;  // the last step is a Linear, which can be wrong
    Step& step = recipe.step[place];
    if (step.kind == Kind::pool)
        step.a += 40;
    else if (step.kind == Kind::conv && random.below(2) == 0)
        step.c += 40;
    else
        step.a += 1;
    recipe.misfit = place;
}

}  // namespace detail

/// A network of 3 to 7 steps that ends with a Linear; spoiled if asked.
constexpr Recipe recipe_from(std::uint64_t seed, bool spoiled = false) {
    using detail::between;
    Random random{Seed{seed}};
    Recipe recipe;
    recipe.input = {between(random, 1, 3), between(random, 3, 9), between(random, 3, 9)};
    Extents x = recipe.input;
    const int inner = between(random, 2, Recipe::most - 1);
    for (int i = 0; i < inner; ++i) {
        const Step step = i == inner - 1 && random.below(4) == 0 ? Step{Kind::flatten} : detail::draw(random, x);
        recipe.add(step);
        x = detail::after(step, x);
    }
    const Step last{Kind::linear, static_cast<int>(x.count()), between(random, 2, 5)};
    recipe.add(last);
    recipe.output = detail::after(last, x);
    if (spoiled) detail::spoil(recipe, random);
    for (int done = 0; done < recipe.count; ++recipe.groups) {
        const int size = detail::least(between(random, 1, 3), recipe.count - done);
        recipe.group[recipe.groups] = size;
        recipe.wrapped[recipe.groups] = size > 1 || random.below(3) == 0;
        if (done <= recipe.misfit && recipe.misfit < done + size) {
            recipe.misfit_position[0] = recipe.groups;
            recipe.misfit_position[1] = recipe.misfit - done;
        }
        done += size;
    }
    return recipe;
}

template <std::uint64_t S, bool Spoiled>
inline constexpr Recipe recipe = recipe_from(S, Spoiled);

namespace detail {

template <Step S>
constexpr auto layer_from() {
    if constexpr (S.kind == Kind::relu)
        return std::type_identity<ReLU>{};
    else if constexpr (S.kind == Kind::tanh)
        return std::type_identity<Tanh>{};
    else if constexpr (S.kind == Kind::flatten)
        return std::type_identity<Flatten>{};
    else if constexpr (S.kind == Kind::pool)
        return std::type_identity<Pool<S.a, S.b>>{};
    else if constexpr (S.kind == Kind::conv)
        return std::type_identity<Conv<S.a, S.b, S.c, S.d, S.e>>{};
    else
        return std::type_identity<Linear<S.a, S.b>>{};
}
template <Step S>
using LayerFrom = typename decltype(layer_from<S>())::type;

template <class Source, int Group, std::size_t... I>
constexpr auto group_from(std::index_sequence<I...>) {
    constexpr Recipe r = Source::recipe;
    constexpr int first = [] {
        int sum = 0;
        for (int g = 0; g < Group; ++g) sum += Source::recipe.group[g];
        return sum;
    }();
    if constexpr (r.wrapped[Group])
        return std::type_identity<Sequential<LayerFrom<r.step[first + static_cast<int>(I)]>...>>{};
    else
        return std::type_identity<LayerFrom<r.step[first]>>{};
}
template <class Source, int Group>
using GroupFrom = typename decltype(group_from<Source, Group>(
    std::make_index_sequence<static_cast<std::size_t>(Source::recipe.group[Group])>{}))::type;

template <class Source, class Groups>
struct network_from;
template <class Source, std::size_t... G>
struct network_from<Source, std::index_sequence<G...>> {
    using type = Sequential<GroupFrom<Source, static_cast<int>(G)>...>;
};

}  // namespace detail

/// The network drawn from a seed.
template <std::uint64_t S, bool Spoiled = false>
struct RandomNetwork {
    static constexpr Recipe recipe = laws::recipe<S, Spoiled>;
    using Layer =
        typename detail::network_from<RandomNetwork,
                                      std::make_index_sequence<static_cast<std::size_t>(recipe.groups)>>::type;
    using Input = shape_of<recipe.input>;
};

namespace detail {
template <bool Spoiled, std::uint64_t First, std::size_t... I>
auto random_networks(std::index_sequence<I...>) -> std::tuple<RandomNetwork<First + I, Spoiled>...>;
}  // namespace detail

/// Networks drawn from the seeds First … First + Count - 1.
template <std::uint64_t First, int Count, bool Spoiled = false>
using RandomNetworks = decltype(detail::random_networks<Spoiled, First>(std::make_index_sequence<Count>{}));

}  // namespace kiln::laws
