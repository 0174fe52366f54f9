// SPDX-License-Identifier: BSL-1.0
#pragma once
// The link of a trainer to the other ranks (core/contract/ranks.hpp). The passes of a step are cut into rounds, and each
// rank runs a contiguous part of each round. The link says which passes these are, and shares what was found in them.

#include <kiln/core/contract/ranks.hpp>
#include <kiln/train/options.hpp>

#include <cstddef>
#include <cstring>
#include <span>
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
          bytes_(passes * bytes + ends_.size()) {}

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

    /// Gives every rank at(pass), a plain value, for the passes of all terms, which run in rounds of `round` terms. Term t
    /// has the passes first_pass(t) … first_pass(t + 1) - 1. Also tells all ranks what was asked.
    void share_of_passes(int terms, int round, auto first_pass, auto at) {
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
            bytes_[end++] = std::byte{asked_};
            ends_[static_cast<std::size_t>(rank)] = end;
        }
        group_.share(std::span(bytes_).first(end), ends_);
        end = 0;
        heard_ = false;
        for (int rank = 0; rank < count(); ++rank) {
            for_each_of(rank, [&](int pass) {
                if (rank != this->rank()) std::memcpy(&at(pass), &bytes_[end], sizeof(Value));
                end += sizeof(Value);
            });
            if (bytes_[end++] != std::byte{}) heard_ = true;
        }
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
    R& group_;
    std::vector<std::size_t> ends_;
    std::vector<std::byte> bytes_;
    bool alone_ = false, owes_sum_ = false, asked_ = false, heard_ = false;
};

}  // namespace kiln::inline KILN_TARGET::detail
