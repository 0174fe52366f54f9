// SPDX-License-Identifier: BSL-1.0
#pragma once
// A model is a network together with its input shape, its parameters and its state: a plain value of known size. The
// compiler checks every shape here, and reports the first mistake as one error. A refused network is replaced by an
// empty one with the same output, so that code that uses the model adds no errors of its own.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/large_value.hpp>
#include <kiln/core/detail/lengths.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/kernels/gather.hpp>
#include <kiln/model/detail/unbuilt.hpp>
#include <kiln/model/plan.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

namespace detail {

// The state of a network without any. `Nothing` would not do: the parameters may contain a Nothing, and two objects of
// one type cannot share an address.
struct Stateless {};
template <class R>
using state_or_none = std::conditional_t<tensor_count<R> == 0, Stateless, R>;

// The size in bytes; an empty record takes none.
template <class T>
inline constexpr long long size_in_bytes = std::is_empty_v<T> ? 0 : static_cast<long long>(sizeof(T));

// The output of a network; of a network that does not fit, the output that it would have had.
template <class Net, class In, bool IsSound>
struct model_output {
    using type = output_t<Net, In>;
};
template <class Net, class In>
struct model_output<Net, In, false> {
    using type = shape_of<fit_on<Net>(static_cast<const In*>(nullptr)).out>;
};

}  // namespace detail

/// Network `Net` (any layer, usually a Sequential) for inputs of shape `In`, with the memory limits of plan `P`.
template <class Net, class In, class P = Plan<>>
class Model {
    static_assert(decltype(verdict<Net, In>())::shapes_agree);

  public:
    /// Whether the network fits its input; if not, the static_assert above has reported it.
    static constexpr bool is_sound = std::is_same_v<decltype(verdict<Net, In>()), shapes_fit>;
    using Network = Net;
    using Memory = P;
    using Input = std::conditional_t<detail::is_shape<In>, In, Shape<1>>;
    using Output = typename detail::model_output<Net, Input, is_sound>::type;
    /// The network that runs: Net, or an empty network if Net was refused.
    using Body = std::conditional_t<is_sound, Net, detail::Unbuilt<Output>>;
    using Parameters = parameters_t<Body, float, Input>;
    /// The record of derivatives: as Parameters, without the layers that are frozen.
    using Gradients = gradients_t<Body, float, Input>;
    using State = detail::state_or_none<state_t<Body, float, Input>>;
    /// Working memory of one pass of inference over elements E.
    template <class E>
    using Scratch = scratch_t<Body, E, Input, Wanted::outputs>;

    /// The number of learned numbers.
    static constexpr auto parameter_count = detail::known<is_sound>(scalar_count<Parameters>());
    /// Multiply-adds of one forward pass of one sample.
    static constexpr auto multiply_adds = detail::known<is_sound>(kiln::multiply_adds<Body, Input>());
    /// Bytes of the parameters, alignment included.
    static constexpr auto parameter_bytes = detail::known<is_sound>(detail::size_in_bytes<Parameters>);
    /// Bytes of working memory to predict one sample, besides its input and output.
    static constexpr auto inference_bytes = detail::known<is_sound>(detail::size_in_bytes<Scratch<float>>);

    /// Whether the working memory to predict or judge many samples fits on the plan's stack.
    static constexpr bool fits_on_stack = [] {
        if constexpr (!is_sound || Division<Body, Input, P>::lanes > 0)
            return true;
        else
            return sizeof(detail::InferenceWork<Body, inference_element<Body, Input, P>, Input>) <= P::stack_bytes;
    }();

    /// A model with all parameters zero.
    constexpr Model() {
        initialize_state();
        mind_the_stack();
    }
    /// A model with starting values drawn from a seed. Not constexpr, because compilers would then initialise every
    /// static model while compiling.
    explicit Model(Seed seed) {
        initialize(seed);
        mind_the_stack();
    }
    /// Draws the same starting values, also in a constant expression.
    constexpr void initialize(Seed seed) {
        set_zero<float>(parameters_);
        Random random{seed};
        kiln::initialize<Body>(parameters_, random);
        initialize_state();
    }

    /// The output for one sample; scratch is on the stack.
    constexpr Tensor<float, Output> predict(const Tensor<float, Input>& x) const {
        constexpr bool scratch_fits = !is_sound || sizeof(Scratch<float>) <= P::stack_bytes;
        static_assert(
            scratch_fits,
            "kiln: predict(x) needs scratch that fits into the stack bytes of the plan, got a network with more; try "
            "predict(x, scratch) with a Model::Scratch<float>, or Model<Net, In, Plan<BYTES>>");
        Scratch<float> scratch;
        return predict(x, scratch);
    }
    /// The output for one sample, with the caller's scratch.
    constexpr Tensor<float, Output> predict(const Tensor<float, Input>& x, Scratch<float>& scratch) const {
        Tensor<float, Output> y;
        forward(x, y, scratch);
        return y;
    }
    /// The output for one sample of `length` frames (core/contract/lengths.hpp). An output that is a sequence means
    /// something only in the frames that the sample has.
    constexpr Tensor<float, Output> predict(const Tensor<float, Input>& x, int length) const {
        static_assert(decltype(detail::lengths_verdict<Model>())::shapes_agree);
        KILN_EXPECTS(detail::is_length<Model>(length));
        Tensor<float, Output> y;
        for_each_batch(
            0, 1, [&](int) { return &x; }, 1.0f, [&](int, int l, const auto& all) { kernels::extract(all, l, y); },
            [&](int) { return length; });
        return y;
    }
    /// The outputs for many samples, of which sample i has lengths[i] frames.
    constexpr void predict(std::span<const Tensor<float, Input>> in, std::span<Tensor<float, Output>> out,
                           const SampleLengths auto& lengths) const {
        static_assert(decltype(detail::lengths_verdict<Model>())::shapes_agree);
        Threads<1> alone;
        predict(in, out, alone, length_of(lengths, in.size()));
    }
    template <int N>
    constexpr void predict(std::span<const Tensor<float, Input>> in, std::span<Tensor<float, Output>> out,
                           const SampleLengths auto& lengths, Threads<N>& threads) const {
        static_assert(decltype(detail::lengths_verdict<Model>())::shapes_agree);
        predict(in, out, threads, length_of(lengths, in.size()));
    }
    /// The outputs for many samples, several at a time. Both spans must have the same size.
    constexpr void predict(std::span<const Tensor<float, Input>> in, std::span<Tensor<float, Output>> out) const {
        Threads<1> alone;
        predict(in, out, alone);
    }
    /// The outputs for many samples, shared among threads; they are the same, bit for bit, for any number of threads.
    /// Sample i has length_of(i) frames, if such a function is given.
    template <int N>
    constexpr void predict(std::span<const Tensor<float, Input>> in, std::span<Tensor<float, Output>> out,
                           Threads<N>& threads, const auto&... length_of) const {
        static_assert(fits_on_stack,
                      "kiln: predict for many samples needs memory for a sample within the stack bytes of the model's "
                      "plan, got a network with more; try Model<Net, In, Plan<BYTES>> and a thread with such a stack");
        if constexpr (N > 1) {
            constexpr bool workers_have_it = P::stack_bytes + (128 << 10) <= Threads<N>::stack_bytes;
            static_assert(workers_have_it,
                          "kiln: predict on Threads needs workers with the stack that the model's plan counts on, and "
                          "128 KiB more; try a smaller Plan, or predict without threads");
        }
        KILN_EXPECTS(in.size() == out.size());
        const int count = static_cast<int>(in.size());
        threads.run([&](int thread) {
            // Each thread takes whole batches, so that every sample is in the same batch as without threads.
            constexpr long long batch = largest_batch;
            const auto end = [&](int t) { return t == N ? count : static_cast<int>(count / batch * t / N * batch); };
            for_each_batch(
                end(thread), end(thread + 1), [&](int i) { return &in[static_cast<std::size_t>(i)]; }, 1.0f,
                [&](int i, int l, const auto& y) { kernels::extract(y, l, out[static_cast<std::size_t>(i)]); },
                length_of...);
        });
    }

    /// Working memory to predict many samples in storage of the caller's, static or on the heap. The stack does not
    /// limit it, so networks with large maps take a lane for each sample as well, and are faster.
    class ManyScratch {
        friend Model;
        detail::InferenceWork<Body, roomy_inference_element<Body, Input, P>, Input> work;
    };
    /// The outputs for many samples, several at a time, with the caller's scratch. Both spans must have the same size.
    constexpr void predict(std::span<const Tensor<float, Input>> in, std::span<Tensor<float, Output>> out,
                           ManyScratch& scratch) const {
        KILN_EXPECTS(in.size() == out.size());
        run_with<roomy_inference_element<Body, Input, P>>(
            scratch.work, 0, static_cast<int>(in.size()), [&](int i) { return &in[static_cast<std::size_t>(i)]; }, 1.0f,
            [&](int i, int l, const auto& y) { kernels::extract(y, l, out[static_cast<std::size_t>(i)]); });
    }

    /// y = network(x) for elements E, in inference mode: the pass that predict and evaluate are built on. lengths[l]
    /// are the frames of the sample in lane l; nullptr if all samples have all frames.
    template <class E>
    constexpr void forward(const Tensor<E, Input>& x, Tensor<E, Output>& y, Scratch<E>& scratch,
                           const int* lengths = nullptr) const {
        Nothing none;
        Body::forward(x, y, context(none, scratch, width<E>, lengths));
    }

  private:
    using Wide = wide_inference_element<Body, Input, P>;
    using Rest = inference_element<Body, Input, P>;
    using Divided = Division<Body, Input, P>;

  public:
    /// The most samples that run together. Outputs have the same bits if samples are divided at multiples of it.
    static constexpr int largest_batch = Divided::lanes > 0 ? Divided::lanes : width<Wide>;

    /// Runs samples first … end - 1 in batches and calls take(i, lane, y) for each sample i, whose output is in that
    /// lane of y. sample(i) points to the sample, which is multiplied by scale. Sample i has length_of(i) frames, if
    /// such a function is given.
    constexpr void for_each_batch(int first, int end, auto sample, float scale, auto take,
                                  const auto&... length_of) const {
        if constexpr (Divided::lanes > 0 && sizeof...(length_of) == 0) {
            run_divided(first, end, sample, scale, take);
        } else {
            const int whole = first + (end - first) / width<Wide> * width<Wide>;
            if constexpr (!std::is_same_v<Wide, Rest>)
                first = run_batches<Wide>(first, whole, sample, scale, take, length_of...);
            run_batches<Rest>(first, end, sample, scale, take, length_of...);
        }
    }

    /// The record of all learned numbers.
    constexpr Parameters& parameters() { return parameters_; }
    constexpr const Parameters& parameters() const { return parameters_; }
    /// The record of all numbers that persist but are not learned.
    constexpr State& state() { return state_; }
    constexpr const State& state() const { return state_; }

  private:
    constexpr void initialize_state() {
        set_zero<float>(state_);
        kiln::initialize_state<Body>(state_);
    }

    constexpr void mind_the_stack() const {
        if constexpr (sizeof(Model) > detail::most_bytes_on_a_stack)
            if (!std::is_constant_evaluated()) detail::warn_if_on_stack(this, sizeof(Model), "Model");
    }

    // The function that gives the length of each of `count` samples.
    static constexpr auto length_of(const auto& lengths, [[maybe_unused]] std::size_t count) {
        const std::span<const int> all(lengths);
        KILN_EXPECTS(all.size() == count);
        return [all](int i) {
            const int length = all[static_cast<std::size_t>(i)];
            KILN_EXPECTS(detail::is_length<Model>(length));
            return length;
        };
    }

    // The context of a pass of inference.
    constexpr auto context(Nothing& none, auto& scratch, int live, const int* lengths = nullptr) const {
        return Context{parameters_, none, state_, none, none, none, scratch, Pass{.live = live, .lengths = lengths}};
    }

    // Runs samples first … end - 1 over elements E. Out of line, because each instance takes its working memory from
    // the stack.
    template <class E>
    [[gnu::noinline]] constexpr int run_batches(int first, int end, auto sample, float scale, auto take,
                                                const auto&... length_of) const {
        detail::InferenceWork<Body, E, Input> work;
        return run_with<E>(work, first, end, sample, scale, take, length_of...);
    }
    template <class E>
    constexpr int run_with(detail::InferenceWork<Body, E, Input>& work, int first, int end, auto sample, float scale,
                           auto take, const auto&... length_of) const {
        std::array<decltype(sample(0)), static_cast<std::size_t>(width<E>)> samples{};
        [[maybe_unused]] int lengths[static_cast<std::size_t>(width<E>)] = {};
        for (; first < end; first += width<E>) {
            const int live = end - first < width<E> ? end - first : width<E>;
            for (int l = 0; l < width<E>; ++l)
                samples[static_cast<std::size_t>(l)] = sample(l < live ? first + l : first);
            kernels::gather(samples, scale, work.x);
            if constexpr (sizeof...(length_of) > 0) {
                for (int l = 0; l < width<E>; ++l) lengths[l] = (length_of(l < live ? first + l : first), ...);
                forward(work.x, work.y, work.scratch, lengths);
            } else {
                forward(work.x, work.y, work.scratch);
            }
            for (int l = 0; l < live; ++l) take(first + l, l, work.y);
        }
        return end;
    }

    // Runs samples first … end - 1 in two sections (Division).
    [[gnu::noinline]] constexpr void run_divided(int first, int end, auto sample, float scale, auto take) const {
        using Work = detail::DividedWork<Body, Input, Divided::cut, Divided::lanes>;
        Work work;
        Nothing none;
        for (; first < end; first += Divided::lanes) {
            const int live = end - first < Divided::lanes ? end - first : Divided::lanes;
            for (int l = 0; l < Divided::lanes; ++l) {
                if (l < live) {
                    kernels::gather(std::array{sample(first + l)}, scale, work.x);
                    auto here = context(none, work.first, 1);
                    Work::First::forward(work.x, work.one, here);
                }  // lanes without a sample repeat the last one
                for (int i = 0; i < Work::Between::count; ++i) set_lane(work.all.data[i], l, work.one.data[i]);
            }
            auto here = context(none, work.second, live);
            Work::Second::forward(work.all, work.y, here);
            for (int l = 0; l < live; ++l) take(first + l, l, work.y);
        }
    }

    Parameters parameters_{};
    [[no_unique_address]] State state_{};
};

}  // namespace kiln::inline KILN_TARGET
