// SPDX-License-Identifier: BSL-1.0
#pragma once
// The contracts between Kiln's rooms, all on this page. Layers, losses and optimizers (the leaves) and containers, models
// and trainers (the machinery) know each other only through what is written here; a user's own layer is as good as ours.
//
// LAYER: an empty type. Only the starred members are required.
//
//   * static constexpr Fit shape(Extents in)
//         what comes out, and whether the layer fits; total, on values, never a hard error
//     static constexpr bool takes_tokens
//         whether x may be a tensor of integers (In is a Tokens<…>, in.values says below which number they are). There is
//         no slope of integers: backward leaves dx alone
//     template <class In> using needs, repair
//         types that name what the layer wanted of In, and a layer that would have fitted; asked only of a refused layer
//     template <class S, class In> struct Parameters
//         what is learned: a Hana struct of Tensor<S, …>
//     template <class S, class In> struct State
//         what persists but is not learned (running means): the same. It is const in every pass
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
//     template <class S, class In> struct Observed
//         sums from which the state is updated: the same. A training pass adds to each of at.observed, once
//     static constexpr void settle(state, observed, int samples)
//         updates the state, once after all passes of a step on so many samples, from the sums of the passes; from the
//         Statistics of the batch if the layer has those
//   * static void forward(x, y, at)
//         y = f(x)
//     static constexpr bool backward_without_gradients
//         whether backward may be called where at.gradients is Nothing, and then sets dx alone
//   * static void backward(x, y, dy, dx, at)
//         adds to each of at.gradients, once, what it has summed by itself (or sums would depend on the number of
//         threads); sets dx, which is Nothing when nobody wants it; dy is the layer's to overwrite
//
//   `at` is the Context of the pass (core/pass.hpp). In inference there are no gradients and no tape (both Nothing).
//   The scratch of a pass for all gradients also serves a pass whose dx is Nothing. backward may overwrite its tape.
//   forward and backward return void, never auto, so that checking the contract instantiates no body. x, y, dy, dx are
//   Tensors of elements E; parameters, gradients and state are Tensors of scalar_t<E>. No layer asks which E it is.
//   at.pass.live lanes, from lane 0 on, hold samples.
//
// BATCH STATISTICS: a layer may compute with sums over all samples of a batch, though a pass sees only some of them. Then
// it is measured before it is run: all passes of a step measure, in their order, before the first of them runs the layer
// forward, and once more before the first of them runs it backward. Both runs find the measurements of the whole batch
// in at.statistics.
//
//     template <class S, class In> struct Statistics
//         the measurements of a pass, or of several: a plain value, zero when nothing has been measured
//     static void measure(x, own, at)
//         sets the measurements `own` of this pass, before forward
//     static void merge(all, own)
//         adds those of a pass to those of the passes before it
//     static void measure_slopes(x, y, dy, own, at)
//         the same before backward. It adds to at.gradients what the layer learns, and may overwrite dy, which then is
//         what backward gets as dy; backward gets the same tensor as y
//     static void merge_slopes(all, own)
//
// CLAIMS: the members under FUSION, FOLDING and EXPORT, backward_without_gradients and the sections of a container say once more, in other words, how forward computes. A derived class
// inherits them, and may have another forward. So claims count for the very type that makes them, and for none derived
// from it: for a layer without base classes and constructors, and for one that names itself.
//
//     using claims_of = L
//         in layer L: all claims of L, its own and inherited ones, are true of L
//
//   A layer whose claims do not count is run, trained and saved as ever, is neither fused nor folded, and cannot be
//   exported.
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
//     using absorber
//         the layer that can do so in the place of this one, or void. It has this one's parameters and behind them some,
//         such as a bias, that change nothing while they are 0
//
// EXPORT: a layer may say what it is to others, as a graph of ONNX's operators (io/describe.hpp).
//
//     static void describe(x, y, at)
//         sets y to what inference makes of x, which has `extents`: y = x.then("Gemm", at.parameters.weight,
//         at.parameters.bias).with("transB", 1). A container hands x to its parts: y = x.through<I, Part>(at). x and y
//         are values of the graph; at has parameters and state, all else is Nothing
//
// CONTAINER: a layer made of layers (core/container.hpp). It also has `depth` (how many), `Layer<I>` (the type of part I)
// and `LayerInput<I, In>` (the shape that enters part I). Its shape() says at which position the first misfit is. Its
// records are tuples of its parts' records; it need not declare them, nor initialize, settle or count multiply-adds.
// Optional: `with_parts<Parts...>`, the same container of other parts (to fold or freeze those), and
// first_fault<In>(y, tape, is_bad), the first part whose output is_bad after a forward pass, or -1.
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
#include <utility>

namespace kiln {

/// A layer made of layers.
template <class L>
concept Composite = requires {
    { L::depth } -> std::convertible_to<int>;
    typename L::template Layer<0>;
};

namespace detail {
// record_of<L, S, In>::type is the member template of L, if it has one; otherwise of a container the tuple of its parts'
// records, unless those are all Nothing, and of other layers Nothing.
#define KILN_RECORD_OF(record_of, Member)                                                                           \
    template <class L, class S, class In>                                                                           \
    struct record_of {                                                                                              \
        using type = Nothing;                                                                                       \
    };                                                                                                              \
    template <class L, class S, class In>                                                                           \
        requires requires { typename L::template Member<S, In>; }                                                   \
    struct record_of<L, S, In> {                                                                                    \
        using type = typename L::template Member<S, In>;                                                            \
    };                                                                                                              \
    template <class L, class S, class In, class Indices>                                                            \
    struct tuple_of_##record_of;                                                                                    \
    template <class L, class S, class In, std::size_t... I>                                                         \
    struct tuple_of_##record_of<L, S, In, std::index_sequence<I...>> {                                              \
        using type = tuple_or_nothing<                                                                              \
            typename record_of<typename L::template Layer<I>, S, typename L::template LayerInput<I, In>>::type...>; \
    };                                                                                                              \
    template <class L, class S, class In>                                                                           \
        requires(Composite<L> && !requires { typename L::template Member<S, In>; })                                 \
    struct record_of<L, S, In> : tuple_of_##record_of<L, S, In, std::make_index_sequence<L::depth>> {};
KILN_RECORD_OF(parameters_of, Parameters)
KILN_RECORD_OF(state_of, State)
KILN_RECORD_OF(observed_of, Observed)
KILN_RECORD_OF(statistics_of, Statistics)
#undef KILN_RECORD_OF

// As a record's, but what learns has gradients of its parameters' type.
template <class L, class S, class In>
struct gradients_of : parameters_of<L, S, In> {};
template <class L, class S, class In>
    requires requires { typename L::template Gradients<S, In>; }
struct gradients_of<L, S, In> {
    using type = typename L::template Gradients<S, In>;
};
template <class L, class S, class In, class Indices>
struct tuple_of_gradients;
template <class L, class S, class In, std::size_t... I>
struct tuple_of_gradients<L, S, In, std::index_sequence<I...>> {
    using type = tuple_or_nothing<
        typename gradients_of<typename L::template Layer<I>, S, typename L::template LayerInput<I, In>>::type...>;
};
template <class L, class S, class In>
    requires(Composite<L> && !requires { typename L::template Gradients<S, In>; })
struct gradients_of<L, S, In> : tuple_of_gradients<L, S, In, std::make_index_sequence<L::depth>> {};

template <class L, class E, class In>
struct tape_of {
    using type = Nothing;
};
template <class L, class E, class In>
    requires requires { typename L::template Tape<E, In>; }
struct tape_of<L, E, In> {
    using type = typename L::template Tape<E, In>;
};
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

/// The record of all that layer L learns, of scalars S, on inputs of shape In.
template <class L, class S, class In>
using parameters_t = typename detail::parameters_of<L, S, In>::type;
/// The record of their derivatives: the same, without those of layers that stay as they are (nets/frozen.hpp).
template <class L, class S, class In>
using gradients_t = typename detail::gradients_of<L, S, In>::type;
template <class L, class S, class In>
using state_t = typename detail::state_of<L, S, In>::type;
template <class L, class S, class In>
using observed_t = typename detail::observed_of<L, S, In>::type;
template <class L, class S, class In>
using statistics_t = typename detail::statistics_of<L, S, In>::type;
template <class L, class E, class In>
using tape_t = typename detail::tape_of<L, E, In>::type;
template <class L, class E, class In, Wanted W = Wanted::all_gradients>
using scratch_t = typename detail::scratch_of<L, E, In, W>::type;
namespace detail {
template <class L, class In>
struct output_of {
    using type = shape_of<L::shape(In::extents).out>;
};
}  // namespace detail
/// The shape that layer L makes of shape In.
template <class L, class In>
using output_t = typename detail::output_of<L, In>::type;

/// Whether layer L may be given tensors of integers. Containers leave that to their parts.
template <class L>
inline constexpr bool takes_tokens = Composite<L>;
template <class L>
    requires requires { L::takes_tokens; }
inline constexpr bool takes_tokens<L> = L::takes_tokens;

template <class L>
concept HasShape = requires(Extents in) {
    { L::shape(in) } -> std::same_as<Fit>;
};

template <class L, class In>
concept HasForward = requires(const Tensor<float, In>& x, Tensor<float, output_t<L, In>>& y,
                              const parameters_t<L, float, In>& parameters, Nothing& none,
                              const state_t<L, float, In>& state, observed_t<L, float, In>& observed,
                              statistics_t<L, float, In>& statistics, tape_t<L, float, In>& tape,
                              scratch_t<L, float, In>& scratch) {
    {
        L::forward(x, y, Context{parameters, none, state, observed, statistics, tape, scratch, Pass{}})
        } -> std::same_as<void>;
};

template <class L, class In>
concept HasBackward = requires(const Tensor<float, In>& x, Tensor<float, In>& dx,
                               const Tensor<float, output_t<L, In>>& y, Tensor<float, output_t<L, In>>& dy,
                               const parameters_t<L, float, In>& parameters, gradients_t<L, float, In>& gradients,
                               const state_t<L, float, In>& state, observed_t<L, float, In>& observed,
                               statistics_t<L, float, In>& statistics, tape_t<L, float, In>& tape,
                               scratch_t<L, float, In>& scratch) {
    {
        L::backward(x, y, dy, dx, Context{parameters, gradients, state, observed, statistics, tape, scratch, Pass{}})
        } -> std::same_as<void>;
};

/// A layer whose input may be In.
template <class L, class In>
concept Layer = HasShape<L> && HasForward<L, In> && HasBackward<L, In>;

/// A layer made of layers, whose input may be In.
template <class L, class In>
concept Container = Composite<L> && requires {
    typename L::template LayerInput<0, In>;
};

/// Whether layer L, or a part of it, computes with sums over all samples of a batch.
template <class L, class In>
inline constexpr bool measures_batch = !is_nothing<statistics_t<L, float, In>>;
/// The same of a layer that is no container.
template <class L, class In>
concept HasStatistics = !Composite<L> && measures_batch<L, In>;

namespace detail {
// Converts to every base class of L, with which an aggregate that has one can be initialised.
template <class L>
struct AnyBase {
    template <class B>
        requires(std::is_base_of_v<B, L> && !std::is_same_v<B, L>)
    operator B() const;
};
template <class L>
concept HasBase = requires {
    L{AnyBase<L>{}};
};
template <class L>
inline constexpr bool makes_claims = std::is_aggregate_v<L> && !HasBase<L>;
template <class L>
    requires requires { typename L::claims_of; }
inline constexpr bool makes_claims<L> = std::is_same_v<typename L::claims_of, L>;
}  // namespace detail

/// A layer whose claims are its own: it inherits none, or says that they are true of it.
template <class L>
concept MakesClaims = detail::makes_claims<L>;

/// A layer that applies one function to every element, and knows its slope from its output.
template <class L>
concept Pointwise = MakesClaims<L> && requires(const float& x) {
    { L::value(x) } -> std::same_as<float>;
    { L::slope(x, x) } -> std::same_as<float>;
    { L::monotone } -> std::convertible_to<bool>;
};

/// A layer that takes the largest of every disjoint window of a map.
template <class L>
concept MaxPooling = MakesClaims<L> && requires {
    { L::max_pool_window } -> std::convertible_to<int>;
};

namespace detail {
template <class L, class In, class... Next>
struct fused_with {
    using type = void;
};
template <class L, class In, class... Next>
    requires(MakesClaims<L>&& requires { typename L::template fused<In, Next...>; })
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

namespace detail {
// All parts of a container, each asked in its turn. Arrays, for clang refuses folds of more than 256 operands.
template <class L, class Indices = std::make_index_sequence<static_cast<std::size_t>(L::depth)>>
struct each_part;
}  // namespace detail

/// The multiply-adds that layer L does for one sample of shape In, 0 if it has none to tell.
template <class L, class In>
constexpr long long multiply_adds() {
    if constexpr (requires { L::multiply_adds(In::extents); })
        return L::multiply_adds(In::extents);
    else if constexpr (Composite<L>)
        return detail::each_part<L>::template multiply_adds<In>();
    else
        return 0;
}

/// Starting values of layer L's parameters, which come zeroed.
template <class L>
constexpr void initialize(auto& parameters, auto& random) {
    if constexpr (requires { L::initialize(parameters, random); })
        L::initialize(parameters, random);
    else if constexpr (Composite<L>)
        detail::each_part<L>::initialize(parameters, random);
}

/// Starting values of layer L's state, which comes zeroed.
template <class L>
constexpr void initialize_state(auto& state) {
    if constexpr (requires { L::initialize_state(state); })
        L::initialize_state(state);
    else if constexpr (Composite<L>)
        detail::each_part<L>::initialize_state(state);
}

/// Updates layer L's state after a step on so many samples, from all that its passes observed and measured.
template <class L, class In>
constexpr void settle(auto& state, const auto& observed, const auto& statistics, int samples) {
    if constexpr (Composite<L>)
        detail::each_part<L>::template settle<In>(state, observed, statistics, samples);
    else if constexpr (HasStatistics<L, In> && requires { L::settle(state, statistics, samples); })
        L::settle(state, statistics, samples);
    else if constexpr (requires { L::settle(state, observed, samples); })
        L::settle(state, observed, samples);
}

/// Adds what one batch measured to what others did, for states that are settled once for several.
template <class L, class In>
constexpr void merge_statistics(auto& all, const auto& own) {
    if constexpr (Composite<L>)
        detail::each_part<L>::template merge_statistics<In>(all, own);
    else if constexpr (HasStatistics<L, In>)
        L::merge(all, own);
}

namespace detail {
template <class L, std::size_t... I>
struct each_part<L, std::index_sequence<I...>> {
    template <std::size_t J>
    using Part = typename L::template Layer<J>;
    template <std::size_t J, class In>
    using Input = typename L::template LayerInput<J, In>;

    template <class In>
    static constexpr long long multiply_adds() {
        long long sum = 0;
        for (const long long part :
             std::array<long long, sizeof...(I)>{kiln::multiply_adds<Part<I>, Input<I, In>>()...})
            sum += part;
        return sum;
    }
    static constexpr void initialize(auto& parameters, auto& random) {
        [[maybe_unused]] const int each[] = {0, (kiln::initialize<Part<I>>(part_of<I>(parameters), random), 0)...};
    }
    static constexpr void initialize_state(auto& state) {
        [[maybe_unused]] const int each[] = {0, (kiln::initialize_state<Part<I>>(part_of<I>(state)), 0)...};
    }
    template <class In>
    static constexpr void settle(auto& state, const auto& observed, const auto& statistics, int samples) {
        [[maybe_unused]] const int each[] = {
            0, (kiln::settle<Part<I>, Input<I, In>>(part_of<I>(state), part_of<I>(observed), part_of<I>(statistics),
                                                    samples),
                0)...};
    }
    template <class In>
    static constexpr void merge_statistics(auto& all, const auto& own) {
        [[maybe_unused]] const int each[] = {
            0, (kiln::merge_statistics<Part<I>, Input<I, In>>(part_of<I>(all), part_of<I>(own)), 0)...};
    }
};
}  // namespace detail

}  // namespace kiln
