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
//     static constexpr void initialize_state(state)
//         starting values of the state (which comes zeroed)
//     static constexpr long long multiply_adds(Extents in)
//         of one forward pass of one sample
//     static constexpr bool batch_statistics
//         whether training passes compute with sums over all samples of a batch: a pass then gets the whole batch, a
//         lane for each sample, of which at.pass.live are samples
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
// FOLDING: what only training needs can be left out of a network (model/fold.hpp).
//
//     static constexpr bool identity_in_inference
//         whether forward then changes nothing
//     static void as_affine(parameters, state, scale, shift)
//         a layer that in inference multiplies each channel by a factor and adds an offset tells them
//     static void absorb(parameters, scale, shift)
//         a layer changes its parameters so that it also does that to each channel of its output
//
// EXPORT: a layer may say what it is to others, as a graph of ONNX's operators (io/describe.hpp).
//
//     static void describe(x, y, at)
//         sets y to what inference makes of x, which has `extents`: y = x.then("Gemm", at.parameters.weight,
//         at.parameters.bias).with("transB", 1). A container hands x to its parts: y = x.through<Part, In>(position,
//         parameters, state). x and y are values of the graph; at has parameters and state, all else is Nothing
//
// CONTAINER: a layer made of layers. It also has `depth` (how many), `Layer<I>` (the type of part I), `LayerInput<I, In>`
// (the shape that enters part I) and `parts<In>()`, a Fit that tells whether every part is whole (has forward and
// backward). Its shape() says at which position the first misfit is; its records are tuples of its parts' records.
// Optional: first_fault<In>(y, tape, is_bad), the first part whose output is_bad after a forward pass, or -1.
//
// LOSS: optional but for the starred ones:
//
//   * template <class Out> using Target
//         what an output of shape Out is compared with: a label (int), or a Tensor<float, …>
//     static constexpr Fit fits(Extents output); needs<Out> as above
//         which outputs it can be computed from; without it all
//     static constexpr bool valid(const Target<Out>&, Extents output)
//         whether a target can be learned at all (a label within the classes); without it all
//   * E operator()(const Tensor<E, Out>& y, const Targets<Loss, Out, E>& targets, const E& weight,
//                  Tensor<E, Out>& dy) const
//         weight times the loss of each lane; sets dy to its derivative. Weights are 1/n, and 0 for lanes without a
//         sample
//     float share(const Target<Out>&) const
//         how much a sample counts in the mean (class weights), 1 without it. Weights are then 1 / the sum
//         of the batch's shares, and the loss itself multiplies by what a sample's share is
//     bool has_shares() const
//         goes with it: false if every share is 1
//     bool settings_fit(Extents output) const
//         whether its settings suit such outputs; fit refuses it otherwise
//
// OPTIMIZER: static constexpr int moments; auto at(long long step) const gives the rule of that step (from 0), called as
//   rule(w, g, m...): one parameter, its gradient, its moments (zero at first), as scalars or as Lanes. Optional:
//
//     int moments_in_use() const
//         of a rule: it is called with the first so many moments only
//     auto at(long long step, float norm) const
//         in the place of at(step), for rules that depend on the Euclidean norm of all gradients together
//     float rate(long long step) const
//         the learning rate of a step, for logs
//     void observe(float loss)
//         told the loss (of the validation set, if there is one) after each epoch
//     static const char* moment_name(int k)
//         what files call moment k, without it "moment.0", …: where moments mean the same, names are best the same
//     constexpr void remember(auto visit)
//         calls visit(number, "name") for each number of its own that changes as training goes on (in observe, say), so
//         that checkpoints hold it (core/remember.hpp); counts are integers, and never negative. An optimizer that has it
//         has default values. A schedule may have it as well. Whoever wraps another passes on visit(number, "its name
//         for the other", names...)
//
// DATA SET: using Input; int size(); sample(i): a const Tensor<T, Input>&, T float or an 8-bit pixel; target(i): a label,
//   or a const Tensor<T, Shape>&; float scale(), by which samples and tensors of targets are multiplied on their way in.
//   Threads ask for different samples at once, and what a reference refers to must last for a batch.
//
// LOADER: a source of batches that makes them itself, in the background or out of smaller ones. using Input; int size():
//   samples in an epoch; void start(long long epoch) begins an epoch, in an order of its own; next() gives the next batch,
//   valid until the next call: .inputs (a span of const Tensor<float, Input>) and .targets (a span of labels or const
//   tensors of floats) of equal size, empty at the end of the epoch.
//
// THREADS: Threads<N>::run(task) calls task(0) … task(N - 1), possibly at once, and returns when all are done.

#include <kiln/core/element.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/fit.hpp>
#include <kiln/core/pass.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

#include <array>
#include <concepts>
#include <type_traits>

namespace kiln {

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
                               const Tensor<float, output_t<L, In>>& y, Tensor<float, output_t<L, In>>& dy,
                               const parameters_t<L, float, In>& parameters, parameters_t<L, float, In>& gradients,
                               state_t<L, float, In>& state, tape_t<L, float, In>& tape,
                               scratch_t<L, float, In>& scratch) {
    { L::backward(x, y, dy, dx, At{parameters, gradients, state, tape, scratch, Pass{}}) } -> std::same_as<void>;
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

namespace detail {
template <class Target, class E>
struct targets_of {
    using type = std::array<Target, static_cast<std::size_t>(width<E>)>;
};
template <class Dims, class E>
struct targets_of<Tensor<float, Dims>, E> {
    using type = Tensor<E, Dims>;
};
}  // namespace detail

/// What a loss compares outputs of elements E with: a label for each lane, or a tensor of as many lanes.
template <class Loss, class Out, class E>
using Targets = typename detail::targets_of<typename Loss::template Target<Out>, E>::type;

/// Whether loss L can be computed from such outputs.
template <class L>
constexpr Fit loss_fit(Extents output) {
    if constexpr (requires { L::fits(output); })
        return L::fits(output);
    else
        return {.out = output};
}

/// Whether a target can be learned by loss L.
template <class L>
constexpr bool valid_target(const auto& target, Extents output) {
    if constexpr (requires { L::valid(target, output); })
        return L::valid(target, output);
    else
        return true;
}

template <class L, class Out>
concept Loss = requires {
    typename L::template Target<Out>;
}
&&requires(const L& loss, const Tensor<float, Out>& y, const Targets<L, Out, float>& targets, const float& weight,
           Tensor<float, Out>& dy) {
    loss(y, targets, weight, dy);
};

template <class O>
concept Optimizer = requires {
    { O::moments } -> std::convertible_to<int>;
}
&&(
    requires(const O& optimizer, long long step) { optimizer.at(step); } ||
    requires(const O& optimizer, long long step, float norm) { optimizer.at(step, norm); });

/// Whether an optimizer's rule can be called with these moments, and whether it says how many it uses.
template <class Rule, class E, class... Moments>
concept TakesMoments = requires(const Rule& rule, E& w, const E& g, Moments&... m) {
    rule(w, g, m...);
};
template <class Rule>
concept ChoosesMoments = requires(const Rule& rule) {
    rule.moments_in_use();
};

/// Whether an optimizer's rule depends on the norm of the gradients.
template <class O>
inline constexpr bool needs_gradient_norm = requires(const O& optimizer, long long step, float norm) {
    optimizer.at(step, norm);
};

/// Whether an optimizer tells its learning rate.
template <class O>
concept TellsRate = requires(const O& optimizer, long long step) {
    { optimizer.rate(step) } -> std::same_as<float>;
};
/// Whether an optimizer, or what it goes by, is to be told the loss after each epoch.
template <class O>
concept ObservesLoss = requires(O& optimizer, float loss) {
    optimizer.observe(loss);
};

template <class D>
concept DataSet = requires(const D& data, int i) {
    typename D::Input;
    { data.size() } -> std::same_as<int>;
    { data.scale() } -> std::convertible_to<float>;
    data.sample(i);
    data.target(i);
};

template <class D>
concept BatchLoader = requires(D& data, long long epoch) {
    typename D::Input;
    { data.size() } -> std::same_as<int>;
    data.start(epoch);
    data.next().inputs;
    data.next().targets;
};

/// What a trainer's `fit` reads.
template <class D>
concept TrainingData = DataSet<std::remove_cvref_t<D>> || BatchLoader<std::remove_cvref_t<D>>;

/// N threads that work together, for more than one of which kiln/train/threads.hpp is needed; one is the caller's.
template <int N>
class Threads;
template <>
class Threads<1> {
  public:
    static constexpr int count = 1;
    constexpr void run(auto&& task) { task(0); }
};

/// The loss by which `evaluate` judges targets of this type. Losses specialise it in their own header.
template <class Target>
struct default_loss;

/// Whether a training pass of layer L needs the whole batch.
template <class L>
inline constexpr bool uses_batch_statistics = false;
template <class L>
    requires requires { L::batch_statistics; }
inline constexpr bool uses_batch_statistics<L> = L::batch_statistics;

/// The multiply-adds that layer L does for one sample of extents `in`, 0 if it has none to tell.
template <class L>
constexpr long long multiply_adds(Extents in) {
    if constexpr (requires { L::multiply_adds(in); })
        return L::multiply_adds(in);
    else
        return 0;
}

/// Starting values of layer L's state, if it has any.
template <class L>
constexpr void initialize_state(auto& state) {
    if constexpr (requires { L::initialize_state(state); }) L::initialize_state(state);
}

/// Starting values of layer L's parameters, if it has any.
template <class L>
constexpr void initialize(auto& parameters, auto& random) {
    if constexpr (requires { L::initialize(parameters, random); }) L::initialize(parameters, random);
}

}  // namespace kiln
