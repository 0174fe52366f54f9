// SPDX-License-Identifier: BSL-1.0
#pragma once
// The trainer and its steps. The passes of a batch add up gradients (train/detail/passes.hpp), then the optimizer takes one
// step (train/learner.hpp). The trainer holds gradients, moments and working memory as a plain value; nothing is
// allocated.
//
// A step throws and prints nothing, so that a chip without an operating system can learn with this header alone. `fit`
// is only declared here; kiln/train/trainer.hpp defines it.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/finite.hpp>
#include <kiln/core/detail/lengths.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/setting_error.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/plan.hpp>
#include <kiln/train/detail/large_pages.hpp>
#include <kiln/train/detail/passes.hpp>
#include <kiln/train/detail/targets.hpp>
#include <kiln/train/learner.hpp>
#include <kiln/train/options.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

struct Epoch;
struct FitOptions;
namespace detail {
const FitOptions& fit_defaults();
}  // namespace detail

/// Trains model `M` on batches of `B::size` samples. Options, in any order: `Threads<N>`, a group of ranks, `Groups<G>`,
/// and the element to compute with, by default as many lanes as the machine's vectors have. The last bits of results
/// depend on the number of lanes, and on the groups, only.
///
/// With a group of ranks (core/contract/ranks.hpp) the trainer is one of several that share every step, each with a
/// model of its own: `Trainer<M, Loss, Adam, Batch<64>, LocalRanks::Rank> trainer{rank, model, …}`. All ranks call the
/// same functions, with the same batches, of which each reads the samples of its own passes. Afterwards the models of
/// all ranks have the same bits. A step throws RankError if another rank does not take part.
template <class M, class Loss, Optimizer O, class B, class... Options>
class Trainer {
    using Body = typename M::Body;
    using Chosen = detail::training_options<Options...>;
    using Workers = typename Chosen::Workers;
    static constexpr bool has_ranks = !std::is_same_v<typename Chosen::Ranks, detail::NoRanks>;
    static_assert(
        Chosen::are_known,
        "kiln: Trainer needs options that are Threads<N>, a group of ranks, Groups<G> or the element to compute "
        "with (float, or Lanes<float, N>), got another type; try no element");
    static_assert(Chosen::has_groups, "kiln: Trainer needs at least one group of passes, got fewer; try Groups<16>");
    static_assert(Chosen::has_one_group,
                  "kiln: Trainer needs one group of ranks at most, got a second among its options; try one of them");
    static_assert(
        Chosen::ranks_are_defined,
        "kiln: Trainer with a group of ranks needs their header, got none; try #include <kiln/train/ranks.hpp>");
    static_assert(Chosen::has_threads, "kiln: Trainer needs at least one thread, got fewer; try Threads<2>");
    static_assert(Chosen::threads_are_defined,
                  "kiln: Trainer needs Threads that are defined, got their declaration; try #include "
                  "<kiln/train/threads.hpp>");
    static_assert(B::has_samples, "kiln: Batch needs at least one sample, got fewer; try Batch<64>");
    static_assert(decltype(detail::training_verdict<M, Loss>())::shapes_agree);

  public:
    using Model = M;
    using Element = typename detail::element_of<typename Chosen::Element, M, B::size>::type;
    using Input = typename M::Input;
    using Target = typename Loss::template Target<typename M::Output>;
    static constexpr int batch_size = B::size;
    /// The group of ranks, or detail::NoRanks.
    using Ranks = typename Chosen::Ranks;
    /// The number of threads that share a step.
    static constexpr int threads = Workers::count;
    /// The number of groups of passes, or 0 without Groups<G>.
    static constexpr int groups = Chosen::groups;
    /// The number of passes of a step, each on as many samples as the element has lanes.
    static constexpr int micro_batches = (B::size + width<Element> - 1) / width<Element>;

  private:
    using Passes = detail::Passes<M, Element, Workers, B::size, Ranks, Chosen::groups>;
    static constexpr bool takes_passes = takes_several_passes<Body, Input> || micro_batches == 1;
    static constexpr bool groups_have_passes = !M::is_sound || Chosen::groups <= micro_batches;
    static constexpr bool work_for_all = !M::is_sound || !groups_have_passes || threads <= Passes::terms;
    static_assert(
        takes_passes,
        "kiln: batch statistics (BatchNorm) within a container without sections need a lane for each sample of "
        "a batch, got fewer lanes; try the Trainer without an element among its options");
    static_assert(
        work_for_all,
        "kiln: Threads needs for each thread as many samples of the batch as the element has lanes, got fewer; try "
        "fewer threads, a larger Batch, or an element of fewer lanes");
    static_assert(groups_have_passes,
                  "kiln: Groups needs for each group as many samples of the batch as the element has lanes, got fewer; "
                  "try fewer groups, a larger Batch, or an element of fewer lanes");

  public:
    /// Bytes of working memory for the passes of a step, all threads together, besides gradients and moments.
    static constexpr auto workspace_bytes = detail::known<M::is_sound>(Passes::workspace_bytes);

    /// A trainer of `model`, which is changed in place and must outlive the trainer. Equal seeds give equal runs.
    /// Throws SettingError if a setting of the optimizer or the loss is out of its range.
    constexpr Trainer(M& model, const O& optimizer, const Loss& loss = {}, Seed seed = {})
        : learner_(model, optimizer),
          loss_(loss),
          seed_(seed) {
        detail::require_in_range(loss);
        static_assert(!has_ranks, "kiln: Trainer with a group of ranks among its options needs the group as its first "
                                  "argument, got the model; try Trainer{ranks, model, …}");
    }
    /// A trainer that is one rank of `ranks`, which must outlive it too. Throws RankError if the program differs between
    /// ranks: instructions, types, lanes, batch size or seed.
    Trainer(Ranks& ranks, M& model, const O& optimizer, const Loss& loss = {}, Seed seed = {})
        : learner_(model, optimizer),
          loss_(loss),
          seed_(seed),
          passes_(ranks) {
        detail::require_in_range(loss);
        detail::RankDecisions<Ranks>::agree_on_program(ranks, *this);
    }
    // Refused.
    template <RankGroup Other>
        requires(!std::is_same_v<Other, Ranks>)
    Trainer(Other&, M& model, const O& optimizer, const Loss& = {}, Seed = {}) : learner_(model, optimizer) {
        constexpr bool is_reported = !Chosen::ranks_are_defined || !Chosen::has_one_group;
        static_assert(is_reported, "kiln: Trainer needs the type of its group of ranks among its options, got another "
                                   "or none; try Trainer<…, LocalRanks::Rank>");
    }

    /// Takes one step on up to `batch_size` samples; the mean is over the samples that there are. Returns the mean
    /// loss. If the loss, a gradient or the new state is not finite, or if a target is invalid (a label not in 0 …
    /// classes - 1), then nothing changes, and the returned loss is not finite. A batch of which nothing counts (all
    /// labels of frames are -1, or of classes of weight 0) is no step: nothing changes, and the returned loss is 0.
    constexpr float step(std::span<const Tensor<float, Input>> inputs, std::span<const Target> targets) {
        return take_step(view(inputs, targets, 1.0f), false).loss;
    }
    /// Takes one step on 8-bit samples, each value times `scale`; targets are not scaled.
    constexpr float step(std::span<const Tensor<std::uint8_t, Input>> inputs, std::span<const Target> targets,
                         float scale) {
        return take_step(view(inputs, targets, scale), false).loss;
    }
    /// Takes one step on sequences, of which sample i has lengths[i] frames (core/contract/lengths.hpp). A length below
    /// 1 or above the frames of the model's input is as an invalid target.
    constexpr float step(std::span<const Tensor<float, Input>> inputs, std::span<const Target> targets,
                         const SampleLengths auto& lengths) {
        static_assert(decltype(detail::lengths_verdict<M, Loss>())::shapes_agree);
        return take_step(view_of_lengths(inputs, targets, lengths), false).loss;
    }
    /// Takes one step on a batch from any source. Returns the mean loss, and right answers or errors.
    template <class Sample, class TargetOf, class Lengths>
    constexpr Step step(const BatchView<Sample, TargetOf, Lengths>& batch) {
        if constexpr (!std::is_same_v<Lengths, detail::NoLengths>)
            static_assert(decltype(detail::lengths_verdict<M, Loss>())::shapes_agree);
        return take_step(batch, true);
    }

    /// A step in two parts. `accumulate` adds the gradient of a batch's mean loss. `apply` takes one step on the sum of
    /// all added gradients, times `scale` (1 / n for the mean of n batches). Batch statistics are those of each batch;
    /// state is settled on all batches. Returns the mean loss, NaN if a target is invalid.
    constexpr float accumulate(std::span<const Tensor<float, Input>> inputs, std::span<const Target> targets) {
        return add_up(view(inputs, targets, 1.0f), false).loss;
    }
    constexpr float accumulate(std::span<const Tensor<float, Input>> inputs, std::span<const Target> targets,
                               const SampleLengths auto& lengths) {
        static_assert(decltype(detail::lengths_verdict<M, Loss>())::shapes_agree);
        return add_up(view_of_lengths(inputs, targets, lengths), false).loss;
    }
    template <class Sample, class TargetOf, class Lengths>
    constexpr Step accumulate(const BatchView<Sample, TargetOf, Lengths>& batch) {
        if constexpr (!std::is_same_v<Lengths, detail::NoLengths>)
            static_assert(decltype(detail::lengths_verdict<M, Loss>())::shapes_agree);
        return add_up(batch, true);
    }
    /// Returns whether the step was taken. A step is not taken, and changes nothing, if a gradient is not finite, if
    /// the state would not be (running averages), or if since the last step a loss was not finite or a target was
    /// invalid.
    constexpr bool apply(float scale = 1) {
        const bool gradients_are_sound = !failed_ && samples_ > 0 && finish_gradients(scale);
        const bool sound = gradients_are_sound && settle_next_state();
        if (sound) {
            update();
            learner_.model().state() = next_state_;
            learner_.end_step();
        } else if (!gradients_are_sound) {
            next_state_ = learner_.model().state();
        }
        passes_.combined();
        samples_ = 0;
        failed_ = false;
        return sound;
    }
    /// Forgets the gradients added since the last step.
    constexpr void discard() {
        passes_.combined();
        samples_ = 0;
        failed_ = false;
    }

    /// Trains on a data set (every sample once per epoch, but for shards: data/sharded.hpp) or a loader. Returns the last
    /// epoch; another call goes on from there. Throws std::invalid_argument, before the first step, if a data set is
    /// empty or holds an invalid target. Throws TrainingError if a loss or a gradient is not finite or a loader's target
    /// is invalid; the step has then changed nothing. The three functions fit need kiln/train/trainer.hpp.
    template <TrainingData Data>
    Epoch fit(Data&& data, const FitOptions& options = detail::fit_defaults());
    /// Trains as above, and evaluates the model on a validation set after every epoch.
    template <TrainingData Data, DataSet Validation>
    Epoch fit(Data&& data, const Validation& validation, const FitOptions& options = detail::fit_defaults());
    /// Trains as above, and keeps the best model of this call in `best`. When training ends, also by an exception, the
    /// model becomes the best model. The optimizer's moments are those of the last step.
    template <TrainingData Data, DataSet Validation>
    Epoch fit(Data&& data, const Validation& validation, const FitOptions& options, M& best);

    /// The model, its gradients and the optimizer: for changes of the optimizer's settings, or of the rates of
    /// parameters, between steps.
    constexpr Learner<M, O>& learner() { return learner_; }
    constexpr const Learner<M, O>& learner() const { return learner_; }
    /// The optimizer, for changes of its settings between steps.
    constexpr O& optimizer() { return learner_.optimizer(); }
    constexpr const O& optimizer() const { return learner_.optimizer(); }
    /// The gradients of the last step.
    constexpr const typename M::Gradients& gradients() const { return learner_.gradients(); }
    /// The model's state after the last step; if the step was not taken because of the state, the state that it would
    /// have made.
    constexpr const typename M::State& next_state() const { return next_state_; }
    /// The norm of each parameter tensor's gradient in the last step.
    constexpr auto gradient_norms() const { return learner_.gradient_norms(); }
    /// Steps taken so far.
    constexpr long long steps() const { return learner_.steps(); }
    /// The model being trained.
    constexpr M& model() { return learner_.model(); }
    constexpr const M& model() const { return learner_.model(); }
    constexpr const Loss& loss() const { return loss_; }
    constexpr Seed seed() const { return seed_; }
    /// The number of epochs begun so far, on which the order of the samples depends. begin_epoch begins one more and
    /// returns its number, from 0.
    constexpr long long epochs() const { return epochs_; }
    constexpr long long begin_epoch() { return epochs_++; }

    /// The group of a trainer with ranks.
    Ranks& ranks() const requires has_ranks { return passes_.link().group(); }
    /// The rank that runs sample i of a batch of `samples`; the others read its target only. For sources of batches, on
    /// any thread.
    int rank_of(int sample, int samples) const requires has_ranks { return passes_.rank_of(sample, samples); }
    /// Asks all ranks to stop, in every step until a call with false. After a step in which a rank asked, `asked_to_stop`
    /// is true on every rank.
    void ask_to_stop(bool ask = true) requires has_ranks { passes_.link().ask_to_stop(ask); }
    bool asked_to_stop() const requires has_ranks { return passes_.link().asked_to_stop(); }

    /// Runs a batch forward as the next step would, and calls look(x, y, tape) for each pass until a call returns true.
    constexpr void look_at_passes(const auto& batch, auto look) {
        passes_.look_at_passes(learner_.model(), batch, key(), look);
    }

    /// Shows everything that the next step depends on besides model and settings: visit(number, names...) for counts,
    /// the seed and the numbers that the optimizer remembers, visit(record, names...) for its moments. The types of
    /// numbers are those that the contract of optimizers allows.
    constexpr void remember(auto visit) {
        learner_.remember(visit);
        visit(epochs_, "epochs");
        visit(seed_.value, "seed");
    }
    constexpr void remember(auto visit) const {
        learner_.remember(visit);
        visit(epochs_, "epochs");
        visit(seed_.value, "seed");
    }

  private:
    template <class Data, class Validation>
    Epoch fit_course(Data& data, const Validation* validation, const FitOptions& options, M* best);

    template <class T>
    static constexpr auto view(std::span<const Tensor<T, Input>> inputs, std::span<const Target> targets, float scale) {
        KILN_EXPECTS(inputs.size() == targets.size() && inputs.size() <= static_cast<std::size_t>(batch_size));
        return BatchView{static_cast<int>(inputs.size()), [=](int i) { return &inputs[static_cast<std::size_t>(i)]; },
                         [=](int i) -> const Target& { return targets[static_cast<std::size_t>(i)]; }, scale};
    }

    static constexpr auto view_of_lengths(std::span<const Tensor<float, Input>> inputs, std::span<const Target> targets,
                                          std::span<const int> lengths) {
        KILN_EXPECTS(inputs.size() == lengths.size());
        const auto all = view(inputs, targets, 1.0f);
        return BatchView{all.count, all.sample, all.target, 1.0f, 1.0f, lengths.data()};
    }

    // Whether all targets of a batch can be learned.
    static constexpr bool is_valid(const auto& batch) {
        if constexpr (detail::has_lengths<std::remove_cvref_t<decltype(batch)>>)
            for (int i = 0; i < batch.count; ++i)
                if (!detail::is_length<M>(batch.lengths[i])) return false;
        for (int i = 0; i < batch.count; ++i)
            if (!valid_target_of<Loss, typename M::Output>(batch.target(i))) return false;
        return true;
    }

    constexpr Step take_step(const auto& batch, bool scores) {
        discard();
        Step done = add_up(batch, scores);
        const bool is_step = samples_ > 0 || failed_;
        if (is_step && !apply() && detail::is_finite(done.loss)) done.loss = __builtin_nanf("");
        return done;
    }
    constexpr Step add_up(const auto& batch, bool scores) {
        if (!is_valid(batch)) {
            failed_ = true;
            return {.loss = __builtin_nanf("")};
        }
        if (batch.count < 1) return {};
        const float weight = share_of_each(batch);
        if (weight == 0) return {};  // nothing of the batch counts
        if (samples_ > 0) combine();
        const Step all = passes_.accumulate(learner_.model(), batch, loss_of(batch), weight, key(),
                                            learner_.gradients(), samples_, scores);
        if (!detail::is_finite(all.loss)) failed_ = true;
        if constexpr (measures_batch<Body, Input>) {
            if (samples_ == 0)
                statistics_ = passes_.statistics();
            else
                merge_statistics<Body, Input>(statistics_, passes_.statistics());
        }
        samples_ += batch.count;
        return all;
    }

    constexpr float share_of_each(const auto& batch) const {
        if constexpr (detail::has_lengths<std::remove_cvref_t<decltype(batch)>>)
            return detail::share_of_each<M>(loss_, batch.count, batch.target, batch.lengths);
        else
            return detail::share_of_each(loss_, batch.count, batch.target);
    }
    // The loss of a batch: the trainer's, unless it depends on the batch (Losses of which one has class weights).
    constexpr decltype(auto) loss_of(const auto& batch) const {
        if constexpr (detail::has_lengths<std::remove_cvref_t<decltype(batch)>>)
            return detail::loss_of_lengths<M>(loss_, batch.count, batch.target, batch.lengths);
        else if constexpr (requires { loss_.of_batch(batch.count, batch.target); })
            return loss_.of_batch(batch.count, batch.target);
        else
            return (loss_);
    }

    constexpr std::uint64_t key() const { return hash(seed_.value, static_cast<std::uint64_t>(steps()), 1); }

    // Adds up the gradients of all threads.
    constexpr void combine() {
        if constexpr (Passes::keeps_sums) passes_.in_shards([&](const Shard& shard) { passes_.combine(shard); });
        passes_.combined();
    }
    // Adds up the gradients of all threads, and multiplies them by `scale`. Returns whether they are finite.
    constexpr bool finish_gradients(float scale) {
        std::array<bool, static_cast<std::size_t>(threads)> finite{};
        passes_.in_shards([&](const Shard& shard) {
            passes_.combine(shard);
            finite[static_cast<std::size_t>(shard.index)] = learner_.finish_gradients(scale, shard);
        });
        bool all = true;
        for (const bool shard : finite) all = all && shard;
        return all;
    }
    // Makes the state of the next step. Returns whether it is finite.
    constexpr bool settle_next_state() {
        if constexpr (tensor_count < typename M::State >> 0) {
            next_state_ = learner_.model().state();
            settle<Body, Input>(next_state_, passes_.observed(), statistics_, samples_);
            return is_finite(next_state_, Shard{});
        }
        return true;
    }
    // One step of the optimizer, each thread on a shard of the parameters.
    constexpr void update() {
        const auto rule = learner_.rule();
        passes_.in_shards([&](const Shard& shard) { learner_.update(rule, shard); });
    }

    [[no_unique_address]] detail::LargePages<Trainer> large_pages_{this};
    Learner<M, O> learner_;
    Loss loss_;
    Seed seed_;
    long long epochs_ = 0;
    int samples_ = 0;      // whose gradients have been added since the last step
    bool failed_ = false;  // whether a batch since then must not be learned
    [[no_unique_address]] statistics_t<Body, float, Input> statistics_{};
    [[no_unique_address]] typename M::State next_state_{};
    Passes passes_;
};

// Several networks in one place have no gradients to share.
template <class First, class... Others, class Loss, Optimizer O, class B, class... Options>
class Trainer<OneOf<First, Others...>, Loss, O, B, Options...> : public Trainer<First, Loss, O, B, Options...> {
    static_assert(!detail::is_one_of<OneOf<First, Others...>>,
                  "kiln: Trainer needs a Model, got a OneOf; try the model in it: visit");

  public:
    constexpr Trainer(OneOf<First, Others...>& model, const O& optimizer, const Loss& loss = {}, Seed seed = {})
        : Trainer<First, Loss, O, B, Options...>(*model.template get_if<First>(), optimizer, loss, seed) {}
};

}  // namespace kiln::inline KILN_TARGET
