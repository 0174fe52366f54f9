// SPDX-License-Identifier: BSL-1.0
#pragma once
// The passes of a training step. A batch is run in passes of one sample per lane. Each pass goes through forward, loss
// and backward while its values are in the cache, and adds to the gradients. A network with batch statistics runs
// section by section instead (nets/sections.hpp): all passes go through a section before the first goes on, and every
// pass keeps its own tape.
//
// Threads share the passes. The gradients of the first thread's passes are added to their sum at once, those of other
// threads' passes to records of their own, which `combine` adds up in the order of the passes. So a training gives the
// same bits on any number of threads. The threads meet after a round of passes. More passes in a round mean less
// waiting, but more records of gradients.
//
// A term of the sum is the gradient of a pass or, with Groups<G>, of a group of neighbouring passes
// (train/detail/rounds.hpp). Groups are summed up in a tree (train/detail/group_sums.hpp), and one round has all groups
// of the batch.
//
// Ranks (core/contract/ranks.hpp) share a round before threads do: each rank runs a contiguous part of it. After a
// round every rank has the sum of all passes so far, so the first thread of rank 0 can go on adding to it at once. All
// other threads keep a record for each pass, until the ranks sum them up in order. Measurements and results of passes
// go to every rank, which merges them in the order of the passes.

#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/denormals.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/gather.hpp>
#include <kiln/model/plan.hpp>
#include <kiln/nets/sections.hpp>
#include <kiln/train/detail/group_sums.hpp>
#include <kiln/train/detail/pass_loss.hpp>
#include <kiln/train/detail/record_arithmetic.hpp>
#include <kiln/train/detail/rounds.hpp>
#include <kiln/train/options.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

namespace detail {

template <class M, class E, class Workers, int BatchSize, class Ranks = NoRanks, int PassGroups = 0>
class Passes {
    using Body = typename M::Body;
    using Input = typename M::Input;
    using Output = typename M::Output;
    using Gradients = typename M::Gradients;
    using Observed = observed_t<Body, float, Input>;
    using Statistics = statistics_t<Body, float, Input>;
    using Cuts = Sections<Body, Input>;

    static constexpr int threads = Workers::count, lanes = width<E>;
    static constexpr int sections = takes_several_passes<Body, Input> ? Cuts::count : 1;
    static constexpr bool observes = !is_nothing<Observed>;
    static constexpr bool has_ranks = !std::is_same_v<Ranks, NoRanks>;

    using Rounds = detail::Rounds<(BatchSize + lanes - 1) / lanes, threads, PassGroups, has_ranks>;
    static constexpr bool has_groups = Rounds::has_groups;
    static constexpr std::size_t parts = Rounds::kept;

  public:
    static constexpr int count = (BatchSize + lanes - 1) / lanes;
    /// The terms of a sum of gradients.
    static constexpr int terms = Rounds::terms;

    Passes() = default;
    explicit Passes(Ranks& ranks)
        : link_(ranks, static_cast<std::size_t>(count),
                sizeof(Statistics) > sizeof(Step) ? sizeof(Statistics) : sizeof(Step)) {}

    /// The link to the other ranks, where there are any.
    constexpr auto& link() { return link_; }
    constexpr const auto& link() const { return link_; }

    /// The rank that runs a sample of a batch of `samples`. Other threads may ask as well.
    int rank_of(int sample, int samples) const {
        return Rounds::rank_of(sample / lanes, (samples + lanes - 1) / lanes, link_.group().count());
    }

    /// Runs the batch forward and backward, and adds to the gradients. If the batch is the first of its step, that is,
    /// if samples_before is 0, the gradients are zeroed first. Without ranks, the sums of other threads' last round are
    /// missing until `combine`.
    template <class Loss>
    constexpr Step accumulate(const M& model, const auto& batch, const Loss& loss, float weight, std::uint64_t key,
                              Gradients& gradients, int samples_before, bool scores) {
        const StepSetting step{batch, loss, weight, key, samples_before, scores};
        const bool zero_first = samples_before == 0;
        if (zero_first) observed_ = {};
        if constexpr (has_ranks) link_.begin(batch);
        gradients_ = &gradients;
        zero_first_ = zero_first;
        std::array<Step, static_cast<std::size_t>(count)> results{};
        if constexpr (sections == 1) {
            in_rounds(batch, all_tensors<Gradients>, [&](int pass, int thread, auto& sums, auto& observed) {
                results[static_cast<std::size_t>(pass)] = whole_pass(model, step, pass, thread, sums, observed);
            });
        } else {
            totals_ = {};
            forward_sections<true>(model, step, std::make_integer_sequence<int, sections - 1>{});
            run_section<sections - 1>(batch, [&](int pass, int thread, auto& sums, auto& observed) {
                results[static_cast<std::size_t>(pass)] = turning_pass(model, step, pass, thread, sums, observed);
            });
            backward_sections(model, step, std::make_integer_sequence<int, sections - 1>{});
        }
        if constexpr (has_ranks)
            share_of_passes(batch, [&](int pass) -> Step& { return results[static_cast<std::size_t>(pass)]; });
        // Without sections, the statistics are those of the only pass, which one rank has run.
        if constexpr (has_ranks && sections == 1 && !is_nothing<Statistics>)
            share_of_passes(batch, [&](int) -> Statistics& { return saved_[0].statistics; });
        return sum_of(results);
    }

    /// Adds the gradients of the other threads' passes in the last round to a shard of the gradients.
    constexpr void combine(const Shard& shard) {
        if constexpr (keeps_sums) {
            if (pending_ == 0) return;
            if constexpr (has_groups) return add_groups(shard);
            std::array<const Gradients*, parts> gradients{};
            for (std::size_t k = 0; k < parts; ++k) gradients[k] = &parts_[k].gradients;
            add(*gradients_, gradients, pending_, shard, pending_range_);
            if constexpr (observes) {
                if (shard.index != 0) return;
                std::array<const Observed*, parts> observed{};
                for (std::size_t k = 0; k < parts; ++k) observed[k] = &parts_[k].observed;
                add(observed_, observed, pending_, Shard{}, all_tensors<Observed>);
            }
        }
    }
    /// To be called after all shards have been combined.
    constexpr void combined() {
        pending_ = 0;
        if constexpr (has_ranks) link_.owe_sum(false);
    }

    /// Calls task(shard) on each thread, with one shard of all parameters for each.
    constexpr void in_shards(auto task) {
        workers_.run([&](int thread) {
            [[maybe_unused]] const FlushDenormals flush;
            task(Shard{thread, threads});
        });
    }

    /// The sums that passes have observed since they were last zeroed, and (below) the statistics of the last batch.
    constexpr const Observed& observed() const { return observed_; }
    constexpr const Statistics& statistics() const {
        if constexpr (sections == 1)
            return saved_[0].statistics;
        else
            return totals_;
    }

    /// Runs the batch forward only, and calls look(x, y, tape) for each pass until a call returns true.
    /// Each rank runs the whole batch, for itself. Nothing is added up, so the sums of a step may be under way.
    constexpr void look_at_passes(const M& model, const auto& batch, std::uint64_t key, auto look) {
        [[maybe_unused]] const auto alone = link_.stand_alone();
        const StepSetting step{batch, *this, 0.0f, key, 0, false};
        if constexpr (sections > 1) {
            totals_ = {};
            forward_sections<false>(model, step, std::make_integer_sequence<int, sections - 1>{});
        }
        Nothing none;
        Observed nobody{};
        for (int pass = 0; pass < passes_of(batch); ++pass) {
            auto& saved = saved_of(pass, 0);
            const auto at = context(model, step, saved, workspaces_[0], pass, none, nobody);
            if constexpr (sections == 1) {
                load(step.batch, pass, saved.x);
                forward_part<Body>(saved.x, saved.y, at);
            } else {
                Cuts::template forward<sections - 1>(saved.x, saved.y, at);
            }
            if (look(saved.x, saved.y, saved.tape)) return;
        }
    }

  private:
    using SavedForBackward = detail::SavedForBackward<Body, E, Input>;
    using Workspace = detail::Workspace<Body, E, Input>;
    struct Sums {  // initialized here, because clang 16 crashes at {} for an array of records without a bias
        Gradients gradients{};
        [[no_unique_address]] Observed observed{};
    };

    static constexpr int passes_of(const auto& batch) { return (batch.count + lanes - 1) / lanes; }
    constexpr SavedForBackward& saved_of(int pass, int thread) {
        return saved_[static_cast<std::size_t>(sections == 1 ? thread : pass)];
    }

    constexpr int round() const { return Rounds::round_of(link_.count()); }
    // The number of terms that this rank adds to their sum at once, of those that it runs in a round.
    constexpr int at_once_of(int own) const { return link_.rank() > 0 ? 0 : Rounds::first_of(1, own); }
    constexpr auto own_part_of(int all) const { return Rounds::part_of(link_.rank(), link_.count(), all); }
    // Gives every rank at(pass) for all passes of a batch, and makes the sum of the last round, if it is still missing,
    // while the values are under way: the ranks wait for each other once, and not twice.
    void share_of_passes(const auto& batch, auto at) {
        const int passes = passes_of(batch);
        link_.share_of_passes(
            Rounds::terms_of(passes), round(), [&](int term) { return Rounds::first_pass_of_term(term, passes); }, at,
            [&] { combine_ranks(); });
    }
    // Gives every rank the statistics of all passes of a batch for the layer at a cut.
    template <int Cut>
    constexpr void share_statistics([[maybe_unused]] const auto& batch) {
        if constexpr (has_ranks)
            share_of_passes(
                batch, [&](int pass) -> auto& {
                    return Cuts::template statistics_in<Cut>(saved_of(pass, 0).statistics);
                });
    }

    // Makes the gradients of every rank the sum of all passes so far, in their order or in the tree of their groups.
    void combine_ranks() {
        if (!link_.owes_sum()) return;
        if constexpr (has_groups) in_shards([&](const Shard& shard) { add_groups(shard); });
        [[maybe_unused]] const FlushDenormals flush;
        sum_over_ranks(
            *gradients_, [](Sums& sums) -> Gradients& { return sums.gradients; }, pending_range_);
        if constexpr (observes)
            sum_over_ranks(
                observed_, [](Sums& sums) -> Observed& { return sums.observed; }, all_tensors<Observed>);
        combined();
    }
    // sum = rank 0's sum + the records of(parts_[…]) of all ranks.
    void sum_over_ranks(auto& sum, auto of, TensorRange range) {
        const std::span<float> total = span_of(sum, range);
        if (total.empty() || (has_groups && link_.count() == 1)) return;
        if constexpr (has_groups) {
            const auto nodes = groups_of_rank(pending_).merge([](Sums&, const Sums&) {});
            link_.sum_in_tree(total, pending_, nodes, [&](Sums* node) { return span_of(of(*node), range); });
        } else {
            std::array<const float*, parts> terms_of_rank{};
            if constexpr (parts > 0)
                for (std::size_t k = 0; k < parts; ++k) terms_of_rank[k] = span_of(of(parts_[k]), range).data();
            link_.sum_in_order(total, std::span(terms_of_rank).first(static_cast<std::size_t>(pending_)));
        }
    }

    // The groups that this rank runs, of `all` groups of a batch.
    constexpr GroupSums<Sums> groups_of_rank(int all) {
        const auto own = own_part_of(all);
        return {parts_.data(), threads, Rounds::kept_by_thread, own.first, own.count, all};
    }
    constexpr void run_groups(int thread, int passes, TensorRange range, auto& task) {
        groups_of_rank(Rounds::terms_of(passes))
            .run(
                thread,
                [&](int group, Sums& sums) {
                    set_zero(sums.gradients, range);
                    if constexpr (observes) sums.observed = {};
                    const int end = Rounds::first_pass_of_term(group + 1, passes);
                    for (int pass = Rounds::first_pass_of_term(group, passes); pass < end; ++pass)
                        task(pass, thread, sums.gradients, sums.observed);
                },
                [&](Sums& to, const Sums& from) { add_sums(to.gradients, to.observed, from, Shard{}, range); });
    }
    // Adds up a shard of the groups of all threads, and adds it to the gradients, if there are no other ranks.
    constexpr void add_groups(const Shard& shard) {
        const auto nodes = groups_of_rank(pending_).merge(
            [&](Sums& to, const Sums& from) { add_sums(to.gradients, to.observed, from, shard, pending_range_); });
        if (link_.count() == 1) add_sums(*gradients_, observed_, *nodes.values()[0], shard, pending_range_);
    }
    static constexpr void add_sums(Gradients& gradients, [[maybe_unused]] Observed& observed, const Sums& sums,
                                   const Shard& shard, TensorRange range) {
        add(gradients, std::array{&sums.gradients}, 1, shard, range);
        if constexpr (observes)
            if (shard.index == 0) add(observed, std::array{&sums.observed}, 1, Shard{}, all_tensors<Observed>);
    }

    // Calls task(pass, thread, gradients, observed) for all passes of a batch, round by round. The sums of each round
    // but the last are combined.
    constexpr void in_rounds(const auto& batch, TensorRange range, auto task) {
        const int passes = passes_of(batch), all = Rounds::terms_of(passes), most_together = round();
        for (int first = 0; first < all; first += most_together) {
            if constexpr (has_ranks) {
                combine_ranks();
            } else if (pending_ > 0) {
                in_shards([&](const Shard& shard) { combine(shard); });
                combined();
            }
            const auto own = own_part_of(all - first < most_together ? all - first : most_together);
            const int here = own.count, at_once = at_once_of(here);
            workers_.run([&](int thread) {
                [[maybe_unused]] const FlushDenormals flush;
                if (thread == 0 && zero_first_) {
                    set_zero<float>(*gradients_);
                    zero_first_ = false;
                }
                if constexpr (has_groups) {
                    run_groups(thread, passes, range, task);
                } else {
                    for (int k = Rounds::first_of(thread, here); k < Rounds::first_of(thread + 1, here); ++k) {
                        const int pass = first + own.first + k;
                        if (k < at_once) {
                            task(pass, thread, *gradients_, observed_);
                        } else if constexpr (parts > 0) {
                            Sums& sums = parts_[static_cast<std::size_t>(k - at_once)];
                            set_zero(sums.gradients, range);
                            if constexpr (observes) sums.observed = {};
                            task(pass, thread, sums.gradients, sums.observed);
                        }
                    }
                }
            });
            if constexpr (keeps_sums || has_ranks) {
                pending_ = has_groups ? all : here - at_once;
                pending_range_ = range;
            }
            if constexpr (has_ranks) link_.owe_sum(true);
        }
    }
    // Calls task(pass, thread) for all passes of a batch that this rank runs, where nothing is summed.
    constexpr void in_parallel(const auto& batch, auto task) {
        const int passes = passes_of(batch), all = Rounds::terms_of(passes), most_together = has_ranks ? round() : all;
        for (int first = 0; first < all; first += most_together) {
            const auto own = own_part_of(all - first < most_together ? all - first : most_together);
            workers_.run([&](int thread) {
                [[maybe_unused]] const FlushDenormals flush;
                const int begin = first + own.first + Rounds::first_of(thread, own.count);
                const int end = first + own.first + Rounds::first_of(thread + 1, own.count);
                for (int pass = Rounds::first_pass_of_term(begin, passes);
                     pass < Rounds::first_pass_of_term(end, passes); ++pass)
                    task(pass, thread);
            });
        }
    }

    template <class G, class O>
    constexpr auto context(const M& model, const auto& step, SavedForBackward& saved, Workspace& workspace, int pass,
                           G& gradients, O& observed) {
        Pass now{.training = true,
                 .key = step.key,
                 .first_sample = step.first + pass * lanes,
                 .live = live_in<lanes>(step.batch, pass)};
        if constexpr (has_lengths<std::remove_cvref_t<decltype(step.batch)>>)
            now.lengths = step.batch.lengths + pass * lanes;
        if constexpr (sections == 1)
            return Context{model.parameters(), gradients,  model.state(),     observed,
                           saved.statistics,   saved.tape, workspace.scratch, now};
        else
            return Context{model.parameters(), gradients, model.state(), observed, totals_, saved.tape,
                           workspace.scratch,  now};
    }

    static constexpr void load(const auto& batch, int pass, Tensor<E, Input>& x) {
        const auto from = source_of<lanes>(pass, live_in<lanes>(batch, pass));
        std::array<decltype(batch.sample(0)), static_cast<std::size_t>(lanes)> samples{};
        for (int l = 0; l < lanes; ++l) samples[static_cast<std::size_t>(l)] = batch.sample(from(l));
        kernels::gather(samples, batch.scale, x);
    }

    // Forward, loss and backward of one pass through the whole network. Out of line, because g++ 12 allocates registers
    // worse when this is inlined (a tenth more instructions for a network of small matrices).
    [[gnu::noinline]] constexpr Step whole_pass(const M& model, const auto& step, int pass, int thread, auto& gradients,
                                                auto& observed) {
        SavedForBackward& saved = saved_of(pass, thread);
        Workspace& workspace = workspaces_[static_cast<std::size_t>(thread)];
        load(step.batch, pass, saved.x);
        const auto at = context(model, step, saved, workspace, pass, gradients, observed);
        forward_part<Body>(saved.x, saved.y, at);
        const Step result = judge<M>(step, pass, saved.y, workspace.dy);
        Nothing nobody;
        backward_part<Body>(saved.x, saved.y, workspace.dy, nobody, at);
        return result;
    }

    // ---- Section by section ----

    template <int Section>
    static constexpr TensorRange range_of = [] {
        TensorRange range = all_tensors<Gradients>;
        if constexpr (Section > 0) range.first = Cuts::template gradients_before<Section - 1>;
        if constexpr (Section + 1 < sections) range.end = Cuts::template gradients_before<Section>;
        return range;
    }();

    // Adds up what passes observe, unless they are only looked at.
    template <bool Adds, int... Section>
    constexpr void forward_sections(const M& model, const auto& step, std::integer_sequence<int, Section...>) {
        [[maybe_unused]] const int each[] = {0, (forward_section<Adds, Section>(model, step), 0)...};
    }
    template <bool Adds, int Section>
    constexpr void forward_section(const M& model, const auto& step) {
        const auto task = [&](int pass, int thread, auto& gradients, auto& observed) {
            SavedForBackward& saved = saved_of(pass, thread);
            if constexpr (Section == 0) load(step.batch, pass, saved.x);
            const auto at =
                context(model, step, saved, workspaces_[static_cast<std::size_t>(thread)], pass, gradients, observed);
            Cuts::template forward<Section>(saved.x, saved.y, at);
            Cuts::template measure<Section>(saved.x, saved.y, saved.statistics, at);
        };
        if constexpr (observes && Adds)
            in_rounds(step.batch, TensorRange{}, task);
        else
            in_parallel(step.batch, [&](int pass, int thread) {
                Nothing none;
                Observed nobody{};
                task(pass, thread, none, nobody);
            });
        share_statistics<Section>(step.batch);
        for (int pass = 0; pass < passes_of(step.batch); ++pass)
            Cuts::template merge<Section>(totals_, saved_of(pass, 0).statistics);
    }

    // The pass that turns around: the last section forward, the loss, and the last section backward.
    constexpr Step turning_pass(const M& model, const auto& step, int pass, int thread, auto& gradients,
                                auto& observed) {
        SavedForBackward& saved = saved_of(pass, thread);
        Workspace& workspace = workspaces_[static_cast<std::size_t>(thread)];
        Cuts::template forward<sections - 1>(saved.x, saved.y,
                                             context(model, step, saved, workspace, pass, gradients, observed));
        const Step result = judge<M>(step, pass, saved.y, workspace.dy);
        backward_section<sections - 1>(model, step, pass, thread, gradients, observed);
        return result;
    }
    template <int Section>
    constexpr void backward_section(const M& model, const auto& step, int pass, int thread, auto& gradients,
                                    auto& observed) {
        SavedForBackward& saved = saved_of(pass, thread);
        Workspace& workspace = workspaces_[static_cast<std::size_t>(thread)];
        Nothing nobody;
        const auto at = context(model, step, saved, workspace, pass, gradients, observed);
        Cuts::template backward<Section>(saved.x, saved.y, workspace.dy, nobody, at);
        if constexpr (Section > 0)
            Cuts::template measure_slopes<Section - 1>(saved.x, saved.y, workspace.dy, nobody, saved.statistics, at);
    }
    template <int Section>
    constexpr void run_section(const auto& batch, auto task) {
        in_rounds(batch, range_of<Section>, task);
        if constexpr (Section > 0) {
            share_statistics<Section - 1>(batch);
            for (int pass = 0; pass < passes_of(batch); ++pass)
                Cuts::template merge_slopes<Section - 1>(totals_, saved_of(pass, 0).statistics);
        }
    }
    template <int... Section>
    constexpr void backward_sections(const M& model, const auto& step, std::integer_sequence<int, Section...>) {
        [[maybe_unused]] const int each[] = {0, (backward_sections_of<sections - 2 - Section>(model, step), 0)...};
    }
    template <int Section>
    constexpr void backward_sections_of(const M& model, const auto& step) {
        run_section<Section>(step.batch, [&](int pass, int thread, auto& gradients, auto& observed) {
            backward_section<Section>(model, step, pass, thread, gradients, observed);
        });
    }

    Gradients* gradients_ = nullptr;
    bool zero_first_ = false;
    int pending_ = 0;
    TensorRange pending_range_;
    [[no_unique_address]] Observed observed_{};
    [[no_unique_address]] Statistics totals_{};
    struct NoSums {};  // libc++'s array of no elements takes the room of one
    [[no_unique_address]] std::conditional_t<parts == 0, NoSums, std::array<Sums, parts>> parts_;
    std::array<SavedForBackward, static_cast<std::size_t>(sections == 1 ? threads : count)> saved_;
    std::array<Workspace, static_cast<std::size_t>(threads)> workspaces_;
    [[no_unique_address]] Workers workers_;
    [[no_unique_address]] RankLink<Ranks> link_;

  public:
    /// Whether gradients of passes may be missing in their sum until `combine`.
    static constexpr bool keeps_sums = parts > 0 && !has_ranks;
    /// Bytes of working memory for the passes of a step, besides the gradients.
    static constexpr long long workspace_bytes =
        static_cast<long long>(sizeof(SavedForBackward)) * (sections == 1 ? threads : count) +
        static_cast<long long>(sizeof(Workspace)) * threads;
};

}  // namespace detail
}  // namespace kiln::inline KILN_TARGET
