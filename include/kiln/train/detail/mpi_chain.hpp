// SPDX-License-Identifier: BSL-1.0
#pragma once
// A sum in the order of ranks, as a chain: rank 0 adds its terms to a piece of the sum and sends it to rank 1, and so on;
// the last rank sends the finished piece back, from rank to rank. All pieces are under way at the same time, so N bytes
// take about N / bandwidth and 2 (ranks - 1) pieces more. A rank receives in the place where the piece belongs.

#include <kiln/core/target.hpp>
#include <kiln/train/detail/mpi_pieces.hpp>
#include <kiln/train/detail/mpi_watch.hpp>

#include <cstddef>
#include <span>

namespace kiln::inline KILN_TARGET::mpi::detail {

class Chain {
  public:
    Chain(Watch& watch, std::span<float> sum, int tag)
        : watch_(watch),
          sum_(sum),
          cut_(sum.size()),
          pieces_(cut_.pieces()),
          first_(watch.rank() == 0),
          last_(watch.rank() + 1 == watch.count()),
          before_(watch.rank() - 1),
          next_(watch.rank() + 1),
          from_before_(watch, tag),
          to_next_(watch, tag),
          from_next_(watch, tag),
          to_before_(watch, tag) {}

    void run(auto&& add) {
        while (!finished()) {
            bool moved = !first_ && take();
            moved |= add_piece(add);
            moved |= !last_ && take_back();
            moved |= !first_ && to_before_.look();
            if (moved)
                watch_.moved();
            else
                watch_.wait();
        }
    }

  private:
    std::span<float> piece(std::size_t number) const { return cut_.of(sum_, number); }
    bool finished() const { return first_ ? from_next_.done() == pieces_ : to_before_.done() == pieces_; }

    // Pieces with the terms of the ranks before.
    bool take() {
        while (from_before_.begun() < pieces_ && !from_before_.full())
            from_before_.receive(before_, piece(from_before_.begun()));
        return from_before_.look();
    }
    bool add_piece(auto&& add) {
        Pieces& on = last_ ? to_before_ : to_next_;
        if (added_ == (first_ ? pieces_ : from_before_.done()) || on.full()) return false;
        add(cut_.begin_of(added_), cut_.begin_of(added_ + 1));
        on.send(last_ ? before_ : next_, piece(added_++));
        return true;
    }
    // Finished pieces. One comes to where it was sent from, so the sending is done before.
    bool take_back() {
        bool moved = to_next_.look();
        while (from_next_.begun() < to_next_.done() && !from_next_.full())
            from_next_.receive(next_, piece(from_next_.begun()));
        if (!first_ && to_before_.full()) return moved;
        if (from_next_.look()) {
            moved = true;
            if (!first_) to_before_.send(before_, piece(from_next_.done() - 1));
        }
        return moved;
    }

    Watch& watch_;
    std::span<float> sum_;
    Cut cut_;
    std::size_t pieces_, added_ = 0;
    bool first_, last_;
    int before_, next_;  // ranks
    Pieces from_before_, to_next_, from_next_, to_before_;
};

}  // namespace kiln::inline KILN_TARGET::mpi::detail
