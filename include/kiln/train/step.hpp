// SPDX-License-Identifier: BSL-1.0
#pragma once
// The trainer, and the steps it takes. A batch is run as micro-batches of one lane per sample: each goes through
// forward, loss and backward while it is in the cache, and adds to the gradients; then the optimizer takes one step.
// The trainer holds gradients, moments and working memory as a plain value; nothing is allocated.
//
// Several threads share the micro-batches among them, and then the parameters: to add up the gradients of all
// micro-batches in their order, and to update. So a training gives the same bits on any number of threads.
//
// A step throws and prints nothing, so that a chip without an operating system can learn with this header alone; `fit`
// is only declared here and defined in kiln/train/trainer.hpp.

#include <kiln/core/contract.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/finite.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/remember.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/kernels/transpose.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/plan.hpp>
#include <kiln/train/denormals.hpp>
#include <kiln/train/options.hpp>
#include <kiln/train/targets.hpp>
#include <kiln/train/update.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace kiln {

struct Epoch;
struct FitOptions;
namespace detail {
const FitOptions& fit_defaults();
template <class Trainer, class Data, class Validation>
class Course;
}  // namespace detail

/// The Euclidean norm of the gradient of one parameter tensor.
struct GradientNorm {
    Name name;
    float norm = 0;
};

/// Trains model `M` on batches of `B::size` samples. Options, in any order: `Threads<N>`, and the element to compute
/// with, by default as many lanes as the machine's vectors have. Results depend, in their last bits, on the number of
/// lanes only.
template <class M, class Loss, Optimizer O, class B, class... Options>
class Trainer {
    using Body = typename M::Body;
    using Workers = typename detail::training_options<Options...>::Workers;
    static_assert(B::has_samples, "kiln: Batch needs at least one sample; try Batch<64>");
    static_assert(decltype(detail::training_verdict<M, Loss>())::shapes_agree);

  public:
    using Model = M;
    using Element =
        typename detail::element_of<typename detail::training_options<Options...>::Element, M, B::size>::type;
    using Input = typename M::Input;
    using Target = typename Loss::template Target<typename M::Output>;
    static constexpr int batch_size = B::size;
    /// Threads that share a step.
    static constexpr int threads = Workers::count;
    /// Passes of a step, each on as many samples as the element has lanes.
    static constexpr int micro_batches = (B::size + width<Element> - 1) / width<Element>;

  private:
    static constexpr bool whole_batch = !uses_batch_statistics<Body> || width<Element> >= B::size;
    static constexpr bool work_for_all = !M::is_sound || threads <= micro_batches;
    static constexpr bool may_share = threads == 1 || tensor_count<state_t<Body, float, Input>> == 0;
    static_assert(
        whole_batch,
        "kiln: a network with batch statistics (BatchNorm) needs a lane for each sample of a batch; leave the "
        "trainer's element to the plan");
    static_assert(work_for_all,
                  "kiln: Threads needs for each thread as many samples as the element has lanes; try fewer threads, a "
                  "larger Batch, or an element of fewer lanes");
    static_assert(may_share,
                  "kiln: a network with State is trained on one thread, for each pass reads what the last one wrote");

  public:
    /// Bytes that the passes of a step work in, all threads together, besides gradients and moments.
    static constexpr auto workspace_bytes = detail::known<M::is_sound>(
        static_cast<long long>(sizeof(detail::TrainingWork<Body, Element, Input>)) * threads);

    /// Trains `model` in place: it must outlive the trainer. Equal seeds give equal runs.
    constexpr Trainer(M& model, const O& optimizer, const Loss& loss = {}, Seed seed = {})
        : model_(read(model)),
          optimizer_(optimizer),
          loss_(loss),
          seed_(seed) {}

    /// One step on up to `batch_size` samples (a short batch counts as what it is). Returns the mean loss; NaN if a
    /// target is invalid (for labels: not in 0 … classes - 1). A loss that is not finite changes nothing.
    constexpr float step(std::span<const Tensor<float, Input>> inputs, std::span<const Target> targets) {
        return step(inputs, targets, 1.0f);
    }
    /// The same on 8-bit samples, each value times scale; targets are taken as they are.
    constexpr float step(std::span<const Tensor<std::uint8_t, Input>> inputs, std::span<const Target> targets,
                         float scale) {
        return step<std::uint8_t>(inputs, targets, scale);
    }

    /// Trains on a data set (every sample once per epoch) or a loader. Returns the last epoch. Throws
    /// std::invalid_argument, before the first step, if a data set is empty or holds an invalid target, and
    /// TrainingError if a loss is not finite, or a loader's target invalid; that step then changed nothing. Another call
    /// goes on from there. Needs kiln/train/trainer.hpp, as do the next two.
    template <TrainingData Data>
    Epoch fit(Data&& data, const FitOptions& options = detail::fit_defaults());
    /// The same, and judges the model on a validation set after every epoch.
    template <TrainingData Data, DataSet Validation>
    Epoch fit(Data&& data, const Validation& validation, const FitOptions& options = detail::fit_defaults());
    /// The same, and keeps the best model of this call in `best`; when training ends, also by an exception, the model is
    /// that one. The optimizer's moments are those of the last step.
    template <TrainingData Data, DataSet Validation>
    Epoch fit(Data&& data, const Validation& validation, const FitOptions& options, M& best);

    /// The optimizer, for changing its settings between steps.
    constexpr O& optimizer() { return optimizer_; }
    /// The gradients of the last step.
    constexpr const typename M::Parameters& gradients() const { return gradients_; }
    /// The norm of the last step's gradient of each parameter tensor.
    constexpr auto gradient_norms() const {
        constexpr auto& names = schema<typename M::Parameters>;
        std::array<GradientNorm, names.size()> norms{};
        const auto slices = tensors<const float>(gradients_);
        for (std::size_t k = 0; k < norms.size(); ++k) norms[k] = {names[k].name, norm(slices[k])};
        return norms;
    }
    /// Steps taken so far.
    constexpr long long steps() const { return steps_; }
    /// The model that is trained.
    constexpr M& model() { return model_; }
    constexpr const M& model() const { return model_; }
    /// Shows all that the next step depends on besides model and settings: visit(number, names...) for counts, seed and
    /// what the optimizer remembers, visit(record, names...) for its moments. A number's kind is that of the optimizer's
    /// contract.
    constexpr void remember(auto visit) { remember(*this, optimizer_, visit); }
    constexpr void remember(auto visit) const {
        O optimizer = optimizer_;
        remember(*this, optimizer, visit);
    }

  private:
    template <class, class, class>
    friend class detail::Course;

    // The threads meet after a round of passes. The more passes, the less they wait for each other; the fewer, the less
    // memory their gradients take.
    static constexpr int lanes = width<Element>, each = threads > 8 ? 1 : 8 / threads, most = each * threads;
    static constexpr int together = threads == 1 ? 1 : micro_batches < most ? micro_batches : most;
    static constexpr int round = together * lanes;

    // Reading a parameter, before anything else, keeps compilers from trying to construct a static trainer while
    // compiling: its model is no constant.
    static constexpr M& read(M& model) {
        for (const Slice<float>& slice : tensors<float>(model.parameters()))
            if (*slice.data > 0) break;
        return model;
    }

    static constexpr void remember(auto& self, O& optimizer, auto& visit) {
        visit(self.steps_, "steps");
        visit(self.epochs_, "epochs");
        visit(self.seed_.value, "seed");
        const auto visit_own = [&](auto& part, auto... names) { visit(part, "optimizer", names...); };
        if constexpr (Remembers<O>) optimizer.remember(visit_own);
        for (int k = 0; k < O::moments; ++k)
            visit_own(self.moments_[static_cast<std::size_t>(k)], moment_name<O>(k).c_str());
    }

    static constexpr bool has_labels = std::is_same_v<Target, int>;

    template <class Data, class Validation>
    Epoch fit_course(Data& data, const Validation* validation, const FitOptions& options, M* best);

    template <class T>
    constexpr float step(std::span<const Tensor<T, Input>> inputs, std::span<const Target> targets, float scale) {
        KILN_EXPECTS(inputs.size() == targets.size() && inputs.size() <= static_cast<std::size_t>(batch_size));
        const detail::Given batch{static_cast<int>(inputs.size()),
                                  [&](int i) { return &inputs[static_cast<std::size_t>(i)]; },
                                  [&](int i) -> const Target& { return targets[static_cast<std::size_t>(i)]; }, scale};
        return run(batch, std::false_type{}).loss;
    }

    // What a step, or a pass of it, has found: the (weighted) mean loss, and how many labels had the largest output.
    struct Found {
        float loss = 0;
        int hits = 0;
    };

    // One step. A loss that is not finite changes neither parameters nor state.
    template <bool CountHits>
    constexpr Found run(const auto& batch, std::bool_constant<CountHits> count) {
        const int n = batch.count;
        for (int i = 0; i < n; ++i)
            if (!valid_target<Loss>(batch.target(i), M::Output::extents)) return {__builtin_nanf(""), 0};
        if (n < 1) return {};
        const float share = detail::share_of_each(loss_, n, batch.target);
        [[maybe_unused]] const typename M::State state = model_.state();
        Found all;
        for (int first = 0; first < n; first += round) {
            std::array<Found, static_cast<std::size_t>(together)> found{};
            const int passes = n - first < round ? (n - first + lanes - 1) / lanes : together;
            // Thread t's passes, in the order of the threads. The first thread's go where they belong at once.
            const auto begin = [passes](int t) { return (passes * t + threads - 1) / threads; };
            workers_.run([&](int thread) {
                [[maybe_unused]] const FlushDenormals flush;
                if (thread == 0 && first == 0) set_zero<float>(gradients_);
                for (int k = begin(thread); k < begin(thread + 1); ++k) {
                    typename M::Parameters* gradients = &gradients_;
                    if (thread > 0) {
                        gradients = parts_.data() + (k - begin(1));
                        set_zero<float>(*gradients);
                    }
                    found[static_cast<std::size_t>(k)] = pass(first + k * lanes, batch, share, *gradients,
                                                              work_[static_cast<std::size_t>(thread)], count);
                }
            });
            for (const Found& part : found) {
                all.loss += part.loss;
                all.hits += part.hits;
            }
            const bool last = first + round >= n;
            if (last && !detail::is_finite(all.loss)) {
                model_.state() = state;
                return all;
            }
            const auto add_up = [&](const Part& part) { add(gradients_, parts_, passes - begin(1), part); };
            const auto step = [&](const auto& rule, const Part& part) {
                if (last) update(rule, model_.parameters(), gradients_, moments_, part);
            };
            if constexpr (needs_gradient_norm<O>) {
                if constexpr (threads > 1) in_parts([&](const Part& part) { add_up(part); });
                const auto rule = optimizer_.at(steps_, last ? norm(gradients_) : 0.0f);
                in_parts([&](const Part& part) { step(rule, part); });
            } else {
                const auto rule = optimizer_.at(steps_);
                in_parts([&](const Part& part) {
                    if constexpr (threads > 1) add_up(part);
                    step(rule, part);
                });
            }
        }
        ++steps_;
        return all;
    }

    // Calls task with a part of the parameters for each thread.
    constexpr void in_parts(auto task) {
        workers_.run([&](int thread) {
            [[maybe_unused]] const FlushDenormals flush;
            task(Part{thread, threads});
        });
    }

    // Forward, loss and backward of one micro-batch.
    template <bool CountHits>
    constexpr Found pass(int first, const auto& batch, float share, auto& gradients, auto& work,
                         std::bool_constant<CountHits>) {
        const int live = batch.count - first < lanes ? batch.count - first : lanes;
        // A lane without a sample repeats one, with weight 0.
        const auto from = [=](int l) { return l < live ? first + l : first; };
        std::array<decltype(batch.sample(0)), static_cast<std::size_t>(lanes)> samples{};
        Element weight(0.0f);
        for (int l = 0; l < lanes; ++l) {
            samples[static_cast<std::size_t>(l)] = batch.sample(from(l));
            set_lane(weight, l, l < live ? share : 0.0f);
        }
        kernels::gather(samples, batch.scale, work.x);
        const auto targets = detail::gather_targets<Targets<Loss, typename M::Output, Element>, Element>(from, batch);
        const std::uint64_t key = hash(seed_.value, static_cast<std::uint64_t>(steps_), 1);
        const At at{model_.parameters(), gradients,
                    model_.state(),      work.tape,
                    work.scratch,        Pass{.training = true, .key = key, .first_sample = first, .live = live}};
        Body::forward(work.x, work.y, at);
        Found found;
        if constexpr (loss_fit<Loss>(M::Output::extents).fits)
            found.loss = reduce(loss_(work.y, targets, weight, work.dy));
        if constexpr (CountHits && has_labels) found.hits = detail::count_hits(work.y, targets, live);
        Nothing nobody;
        Body::backward(work.x, work.y, work.dy, nobody, at);
        return found;
    }

    M& model_;
    O optimizer_;
    Loss loss_;
    Seed seed_;
    long long steps_ = 0, epochs_ = 0;
    typename M::Parameters gradients_{};
    std::array<typename M::Parameters, O::moments> moments_{};
    // The gradients of each pass of a round but the first thread's.
    static constexpr std::size_t parts = static_cast<std::size_t>(together - (together + threads - 1) / threads);
    [[no_unique_address]] std::array<typename M::Parameters, parts> parts_{};
    std::array<detail::TrainingWork<Body, Element, Input>, static_cast<std::size_t>(threads)> work_;
    [[no_unique_address]] Workers workers_;
};

}  // namespace kiln
