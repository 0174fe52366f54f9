// SPDX-License-Identifier: BSL-1.0
#pragma once
// The link of a trainer to the other ranks (core/contract/ranks.hpp). The passes of a step are cut into rounds, and each
// rank runs a contiguous part of each round. The link says which passes these are, and shares what was found in them.

#include <kiln/core/contract/ranks.hpp>
#include <kiln/core/detail/content_hash.hpp>
#include <kiln/train/detail/disagreement.hpp>
#include <kiln/train/detail/group_tree.hpp>
#include <kiln/train/detail/targets.hpp>
#include <kiln/train/options.hpp>
#include <kiln/train/rank_error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace kiln::inline KILN_TARGET::detail {

template <class R>
class RankLink {
  public:
    /// A link for batches of at most `passes` passes, in each of which `bytes` bytes are found.
    RankLink(R& group, std::size_t passes, std::size_t bytes)
        : group_(group),
          ends_(static_cast<std::size_t>(group.count())),
          ends_of_groups_(ends_.size()),
          notes_(ends_.size()),
          bytes_(passes * bytes + notes_.size() * sizeof(Note)) {}

    RankLink();  // not defined: a trainer without its group is refused

    R& group() const { return group_; }
    int rank() const { return alone_ ? 0 : group_.rank(); }
    int count() const { return alone_ ? 1 : group_.count(); }
    /// As long as what this returns lives, this rank runs all passes for itself, without the others.
    [[nodiscard]] auto stand_alone() {
        struct Alone {
            explicit Alone(bool& alone) : alone_(alone) { alone_ = true; }
            ~Alone() { alone_ = false; }
            Alone(const Alone&) = delete;
            Alone& operator=(const Alone&) = delete;

          private:
            bool& alone_;
        };
        return Alone(alone_);
    }

    /// Says what the next shares are about: they throw RankError, on every rank, if another rank has other targets or
    /// lengths. Samples are not compared, for a rank reads those of its own passes only.
    void begin(const auto& batch) {
        ContentHash hash;
        hash.add(batch.count);
        for (int i = 0; i < batch.count; ++i) {
            hash.add_value(batch.target(i));
            if constexpr (has_lengths<std::remove_cvref_t<decltype(batch)>>) hash.add(batch.lengths[i]);
        }
        batch_ = hash.value();
    }

    /// Gives every rank at(pass), a plain value, for the passes of all terms, which run in rounds of `round` terms. Term t
    /// has the passes first_pass(t) … first_pass(t + 1) - 1. Also tells all ranks what was asked. Calls meanwhile() while
    /// the values are under way.
    void share_of_passes(int terms, int round, auto first_pass, auto at, auto meanwhile) {
        using Value = std::remove_cvref_t<decltype(at(0))>;
        static_assert(std::is_trivially_copyable_v<Value>);
        if (alone_) return;
        const auto for_each_of = [&](int rank, auto call) {
            for (int first = 0; first < terms; first += round) {
                const int here = terms - first < round ? terms - first : round;
                const int begin = first + first_pass_of(rank, count(), here);
                const int end = first + first_pass_of(rank + 1, count(), here);
                for (int pass = first_pass(begin); pass < first_pass(end); ++pass) call(pass);
            }
        };
        std::size_t end = 0;
        for (int rank = 0; rank < count(); ++rank) {
            for_each_of(rank, [&](int pass) {
                if (rank == this->rank()) std::memcpy(&bytes_[end], &at(pass), sizeof(Value));
                end += sizeof(Value);
            });
            const Note own{batch_, asked_};
            if (rank == this->rank()) std::memcpy(&bytes_[end], &own, sizeof own);
            end += sizeof own;
            ends_[static_cast<std::size_t>(rank)] = end;
        }
        group_.share(std::span(bytes_).first(end), ends_, meanwhile);
        end = 0;
        heard_ = false;
        for (int rank = 0; rank < count(); ++rank) {
            for_each_of(rank, [&](int pass) {
                if (rank != this->rank()) std::memcpy(&at(pass), &bytes_[end], sizeof(Value));
                end += sizeof(Value);
            });
            Note& note = notes_[static_cast<std::size_t>(rank)];
            std::memcpy(&note, &bytes_[end], sizeof note);
            end += sizeof note;
            if (note.asks != 0) heard_ = true;
        }
        require_same_batch();
    }

    /// Adds the terms of all ranks, each as long as `sum`, to the sum of rank 0.
    void sum_in_order(std::span<float> sum, std::span<const float* const> terms) {
        const auto add = [&](std::size_t first, std::size_t end) {
            for (const float* const term : terms)
                for (std::size_t i = first; i < end; ++i) sum[i] += term[i];
        };
        if (count() == 1)
            add(0, sum.size());
        else
            group_.sum_in_order(sum, add);
    }
    /// Adds the sum of `groups` groups, of which each rank has its part, to the sum of every rank. values_of(node) are
    /// the values of a node of this rank.
    template <class Node>
    void sum_in_tree(std::span<float> sum, int groups, const NodeStack<Node>& nodes, auto values_of) {
        std::array<std::span<float>, most_nodes> values{};
        std::size_t size = 0;
        for (const Node& node : nodes.values()) values[size++] = values_of(node);
        for (std::size_t r = 0; r < ends_of_groups_.size(); ++r)
            ends_of_groups_[r] = static_cast<std::size_t>(first_pass_of(static_cast<int>(r) + 1, count(), groups));
        group_.sum_in_tree(sum, ends_of_groups_, std::span<const std::span<float>>(values).first(size));
    }

    /// Whether passes have run whose gradients the ranks have not summed up yet. The same on every rank.
    bool owes_sum() const { return owes_sum_; }
    void owe_sum(bool owes) { owes_sum_ = owes; }

    /// Asks all ranks to stop, from the next share on, or asks no longer and forgets what it heard; and whether a
    /// rank asked in the last share.
    void ask_to_stop(bool ask) {
        asked_ = ask;
        heard_ = heard_ && ask;
    }
    bool asked_to_stop() const { return heard_; }

  private:
    // A rank's words beside the values.
    struct Note {
        std::uint64_t batch, asks;
    };

    void require_same_batch() const {
        const Agreed batch{"targets of the batch", batch_};
        const std::string message = disagreement(std::span(&batch, 1), count(), [&](int rank, std::size_t) {
            return notes_[static_cast<std::size_t>(rank)].batch;
        });
        if (!message.empty()) throw RankError(message);
    }

    R& group_;
    std::vector<std::size_t> ends_, ends_of_groups_;  // of each rank
    std::vector<Note> notes_;
    std::vector<std::byte> bytes_;
    std::uint64_t batch_ = 0;  // the hash of its targets
    bool alone_ = false, owes_sum_ = false, asked_ = false, heard_ = false;
};

}  // namespace kiln::inline KILN_TARGET::detail
