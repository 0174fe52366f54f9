// SPDX-License-Identifier: BSL-1.0
#pragma once
// The contracts between Kiln's rooms, all on this page. Layers, losses and optimizers (the leaves) and containers, models
// and trainers (the machinery) know each other only through what is written here; a user's own layer is as good as ours.
//
// LAYER: an empty type. Only the starred members are required.
//
//   * static constexpr Fit shape(Extents in)
//         what comes out, and whether the layer fits; total, on values, never a hard error
//     template <class In> using needs, repair
//         types that name what the layer wanted of In, and a layer that would have fitted; asked only of a refused layer
//     template <class S, class In> struct Parameters
//         what is learned: a Hana struct of Tensor<S, …>
//     template <class S, class In> struct State
//         what persists but is not learned (running means): the same
//     template <class E, class In> struct Tape
//         what backward needs beyond x and y; lives from forward to backward
//     template <class E, class In, Wanted W> struct Scratch
//         working memory within one pass; its contents are lost between passes
//     static constexpr void initialize(parameters, random)
//         starting values (parameters come zeroed)
//     static constexpr long long multiply_adds(Extents in)
//         of one forward pass of one sample
//   * static void forward(x, y, at)
//         y = f(x)
//   * static void backward(x, y, dy, dx, at)
//         adds to each of at.gradients, once, what it has summed by itself (or sums would depend on the number of
//         threads); sets dx, which is Nothing when nobody wants it; dy is the layer's to overwrite
//
//   In inference there are no gradients and no tape (both Nothing), and state is const.
//   forward and backward return void, never auto, so that checking the contract instantiates no body. x, y, dy, dx are
//   Tensors of elements E; parameters, gradients and state are Tensors of scalar_t<E>. No layer asks which E it is.
//
// FUSION: a layer may do the work of those behind it as well, in one pass over memory. What the user wrote stays what is
// reported, named and saved; only the edges between fused layers do not exist.
//
//     template <class In, class... Next> using fused
//         a layer that equals this one followed by Next…, or void; it has this one's parameters
//
//   Those behind it offer what they do as a function:
//     pointwise layers: value(x), slope(y, dy) = dy f'(x) where y = f(x), and `monotone`: whether f never decreases
//     max pooling: `max_pool_window`, 0 unless windows are disjoint (stride = window)
//
// CONTAINER: a layer made of layers. It also has `depth` (how many), `Layer<I>` (the type of part I), `LayerInput<I, In>`
// (the shape that enters part I) and `parts<In>()`, a Fit that tells whether every part is whole (has forward and
// backward). Its shape() says at which position the first misfit is; its records are tuples of its parts' records.
//
// LOSS: using Target; static constexpr Fit fits(Extents output); needs<Out> as above;
//
//     static constexpr bool valid(const Target&, Extents output)
//         whether a target can be learned at all (a label within the classes)
//     E operator()(const Tensor<E, Out>& y, const Targets<Loss, E>& targets, const E& weight, Tensor<E, Out>& dy) const
//         weight times the loss of each lane; sets dy to its derivative. Weights are 1/n, and 0 for lanes without a sample
//
// OPTIMIZER: static constexpr int moments; auto at(long long step) const gives the rule of that step (from 0), called as
//   rule(w, g, m...): one parameter, its gradient, its moments (zero at first), as scalars or as Lanes. A rule that has
//   `bool needs_moments() const` is called as rule(w, g) when that is false.
//
// DATA SET: using Input; int size(); label(i); sample(i): a const Tensor<T, Input>&, T float or an 8-bit pixel;
//   float scale(), by which samples are multiplied on their way in.
//
// THREADS: Threads<N>::run(task) calls task(0) … task(N - 1), possibly at once, and returns when all are done.

#include <kiln/core/element.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace kiln {

/// What a layer makes of an input: the extents it puts out, and whether the input fits. A layer that does not fit still
/// says what it would have put out (at least 1 in each dimension), so that one mistake is reported once. Containers
/// also report where their first misfit is.
struct Fit {
    static constexpr int max_depth = 8;

    Extents out;
    bool fits = true;
    Extents got{};                 ///< what arrived at the misfit
    int depth = 0;                 ///< how deep the misfit is nested; 0: this very layer
    int position[max_depth] = {};  ///< its position, outermost first

    /// The same misfit, seen from the container that has it at position i.
    constexpr Fit within(int i) const {
        Fit outer = *this;
        outer.depth = depth < max_depth ? depth + 1 : max_depth;
        outer.position[0] = i;
        for (int k = 1; k < outer.depth; ++k) outer.position[k] = position[k - 1];
        return outer;
    }
};

/// One pass over a network, as a value. `key` differs from step to step and from layer to layer: randomness is a
/// function of (key, sample number, index), so it is the same for any number of lanes and threads.
struct Pass {
    bool training = false;
    std::uint64_t key = 0;
    int first_sample = 0;  ///< the number, within the batch, of the sample in lane 0
    int live = 1;          ///< lanes from `live` on hold no sample of the batch
};

/// What a pass is for; working memory may depend on it.
enum class Wanted {
    outputs,              ///< inference: forward only
    parameter_gradients,  ///< forward and backward, but the input needs no gradient (dx is Nothing)
    all_gradients         ///< forward and backward
};

/// What a layer works with besides x and y. Parts it does not have are `Nothing`; inference has no gradients and no
/// tape.
template <class Parameters, class Gradients, class State, class Tape, class Scratch>
struct At {
    const Parameters& parameters;
    Gradients& gradients;
    State& state;
    Tape& tape;
    Scratch& scratch;
    Pass pass;
};
template <class P, class G, class S, class T, class W>
At(const P&, G&, S&, T&, W&, Pass) -> At<P, G, S, T, W>;

namespace detail {
#define KILN_OPTIONAL_MEMBER(name, Member)                        \
    template <class L, class E, class In>                         \
    struct name {                                                 \
        using type = Nothing;                                     \
    };                                                            \
    template <class L, class E, class In>                         \
        requires requires { typename L::template Member<E, In>; } \
    struct name<L, E, In> {                                       \
        using type = typename L::template Member<E, In>;          \
    };
KILN_OPTIONAL_MEMBER(parameters_of, Parameters)
KILN_OPTIONAL_MEMBER(state_of, State)
KILN_OPTIONAL_MEMBER(tape_of, Tape)
#undef KILN_OPTIONAL_MEMBER
template <class L, class E, class In, Wanted W>
struct scratch_of {
    using type = Nothing;
};
template <class L, class E, class In, Wanted W>
    requires requires { typename L::template Scratch<E, In, W>; }
struct scratch_of<L, E, In, W> {
    using type = typename L::template Scratch<E, In, W>;
};
}  // namespace detail

template <class L, class S, class In>
using parameters_t = typename detail::parameters_of<L, S, In>::type;
template <class L, class S, class In>
using state_t = typename detail::state_of<L, S, In>::type;
template <class L, class E, class In>
using tape_t = typename detail::tape_of<L, E, In>::type;
template <class L, class E, class In, Wanted W = Wanted::all_gradients>
using scratch_t = typename detail::scratch_of<L, E, In, W>::type;
/// The shape that layer L makes of shape In.
template <class L, class In>
using output_t = shape_of<L::shape(In::extents).out>;

template <class L>
concept HasShape = requires(Extents in) {
    { L::shape(in) } -> std::same_as<Fit>;
};

template <class L, class In>
concept HasForward = requires(const Tensor<float, In>& x, Tensor<float, output_t<L, In>>& y,
                              const parameters_t<L, float, In>& parameters, Nothing& none, state_t<L, float, In>& state,
                              tape_t<L, float, In>& tape, scratch_t<L, float, In>& scratch) {
    { L::forward(x, y, At{parameters, none, state, tape, scratch, Pass{}}) } -> std::same_as<void>;
};

template <class L, class In>
concept HasBackward = requires(const Tensor<float, In>& x, Tensor<float, In>& dx,
                               const Tensor<float, output_t<L, In>>& y, const parameters_t<L, float, In>& parameters,
                               parameters_t<L, float, In>& gradients, state_t<L, float, In>& state,
                               tape_t<L, float, In>& tape, scratch_t<L, float, In>& scratch) {
    { L::backward(x, y, y, dx, At{parameters, gradients, state, tape, scratch, Pass{}}) } -> std::same_as<void>;
};

/// A layer whose input may be In.
template <class L, class In>
concept Layer = HasShape<L> && HasForward<L, In> && HasBackward<L, In>;

/// A layer made of layers.
template <class L, class In>
concept Container = requires {
    { L::template parts<In>() } -> std::same_as<Fit>;
    typename L::template Layer<0>;
};

/// A layer that applies one function to every element, and knows its slope from its output.
template <class L>
concept Pointwise = requires(const float& x) {
    { L::value(x) } -> std::same_as<float>;
    { L::slope(x, x) } -> std::same_as<float>;
    { L::monotone } -> std::convertible_to<bool>;
};

/// A layer that takes the largest of every disjoint window of a map.
template <class L>
concept MaxPooling = requires {
    { L::max_pool_window } -> std::convertible_to<int>;
};

namespace detail {
template <class L, class In, class... Next>
struct fused_with {
    using type = void;
};
template <class L, class In, class... Next>
    requires requires { typename L::template fused<In, Next...>; }
struct fused_with<L, In, Next...> {
    using type = typename L::template fused<In, Next...>;
};
}  // namespace detail

/// The layer that does the work of L and then Next…, or void.
template <class L, class In, class... Next>
using fused_t = typename detail::fused_with<L, In, Next...>::type;

template <class Loss, class E>
using Targets = std::array<typename Loss::Target, width<E>>;

template <class L, class Out>
concept Loss = requires(const typename L::Target& target) {
    { L::fits(Out::extents) } -> std::same_as<Fit>;
    { L::valid(target, Out::extents) } -> std::same_as<bool>;
};

template <class O>
concept Optimizer = requires(const O& optimizer, long long step) {
    { O::moments } -> std::convertible_to<int>;
    optimizer.at(step);
};

template <class D>
concept DataSet = requires(const D& data, int i) {
    typename D::Input;
    { data.size() } -> std::convertible_to<int>;
    { data.scale() } -> std::convertible_to<float>;
    data.sample(i);
    data.label(i);
};

/// N threads that work together, for more than one of which kiln/train/threads.hpp is needed; one is the caller's.
template <int N>
class Threads;
template <>
class Threads<1> {
  public:
    static constexpr int count = 1;
    constexpr void run(auto&& task) { task(0); }
};

/// The loss by which `evaluate` judges labels of type Target. Losses specialise it in their own header.
template <class Target>
struct default_loss;

/// The multiply-adds that layer L does for one sample of extents `in`, 0 if it has none to tell.
template <class L>
constexpr long long multiply_adds(Extents in) {
    if constexpr (requires { L::multiply_adds(in); })
        return L::multiply_adds(in);
    else
        return 0;
}

/// Starting values of layer L's parameters, if it has any.
template <class L>
constexpr void initialize(auto& parameters, auto& random) {
    if constexpr (requires { L::initialize(parameters, random); }) L::initialize(parameters, random);
}

}  // namespace kiln
