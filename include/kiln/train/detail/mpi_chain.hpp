// SPDX-License-Identifier: BSL-1.0
#pragma once
// A sum in the order of ranks, as a chain: rank 0 adds its terms to a piece of the sum and sends it to rank 1, and so on;
// the last rank sends the finished piece back, from rank to rank. All pieces are under way at the same time, so N bytes
// take about N / bandwidth and 2 (ranks - 1) pieces more. A rank receives in the place where the piece belongs.

#include <kiln/core/target.hpp>
#include <kiln/train/detail/mpi_watch.hpp>

#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace kiln::inline KILN_TARGET::mpi::detail {

/// The pieces that go to a neighbour, or come from one, in their order. At most `most` are under way.
class Pieces {
  public:
    static constexpr std::size_t most = 32;

    Pieces(Watch& watch, int neighbour, int tag) : watch_(watch), neighbour_(neighbour), tag_(tag) {}
    ~Pieces() {
        const Cancelling cancelling;
        for (; done_ < begun_; ++done_) cancelling.cancel(request(done_));
    }
    Pieces(const Pieces&) = delete;
    Pieces& operator=(const Pieces&) = delete;

    std::size_t begun() const { return begun_; }
    std::size_t done() const { return done_; }
    bool full() const { return begun_ - done_ == most; }

    void send(std::span<const float> piece) {
        watch_.check_message(MPI_Isend(piece.data(), static_cast<int>(piece.size()), MPI_FLOAT, neighbour_, tag_,
                                       watch_.communicator(), &request(begun_)),
                             "MPI_Isend", neighbour_);
        ++begun_;
    }
    void receive(std::span<float> piece) {
        watch_.check_message(MPI_Irecv(piece.data(), static_cast<int>(piece.size()), MPI_FLOAT, neighbour_, tag_,
                                       watch_.communicator(), &request(begun_)),
                             "MPI_Irecv", neighbour_);
        ++begun_;
    }
    /// Whether the oldest piece under way is done now.
    bool look() {
        if (done_ == begun_ || !watch_.done(request(done_), neighbour_)) return false;
        ++done_;
        return true;
    }

  private:
    MPI_Request& request(std::size_t piece) { return requests_[piece % most]; }

    Watch& watch_;
    int neighbour_, tag_;
    std::size_t begun_ = 0, done_ = 0;
    std::array<MPI_Request, most> requests_;
};

class Chain {
  public:
    static constexpr std::size_t piece_size = 8000;  // floats: measured (tests/speed/ranks.cpp)
    static_assert(piece_size * sizeof(float) < Session::copied);

    Chain(Watch& watch, std::span<float> sum, int tag)
        : watch_(watch),
          sum_(sum),
          pieces_((sum.size() + piece_size - 1) / piece_size),
          first_(watch.rank() == 0),
          last_(watch.rank() + 1 == watch.count()),
          from_before_(watch, watch.rank() - 1, tag),
          to_next_(watch, watch.rank() + 1, tag),
          from_next_(watch, watch.rank() + 1, tag),
          to_before_(watch, watch.rank() - 1, tag) {}

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
    std::size_t begin_of(std::size_t piece) const { return std::min(piece * piece_size, sum_.size()); }
    std::span<float> piece(std::size_t number) const {
        return sum_.subspan(begin_of(number), begin_of(number + 1) - begin_of(number));
    }
    bool finished() const { return first_ ? from_next_.done() == pieces_ : to_before_.done() == pieces_; }

    // Pieces with the terms of the ranks before.
    bool take() {
        while (from_before_.begun() < pieces_ && !from_before_.full())
            from_before_.receive(piece(from_before_.begun()));
        return from_before_.look();
    }
    bool add_piece(auto&& add) {
        Pieces& on = last_ ? to_before_ : to_next_;
        if (added_ == (first_ ? pieces_ : from_before_.done()) || on.full()) return false;
        add(begin_of(added_), begin_of(added_ + 1));
        on.send(piece(added_++));
        return true;
    }
    // Finished pieces. One comes to where it was sent from, so the sending is done before.
    bool take_back() {
        bool moved = to_next_.look();
        while (from_next_.begun() < to_next_.done() && !from_next_.full())
            from_next_.receive(piece(from_next_.begun()));
        if (!first_ && to_before_.full()) return moved;
        if (from_next_.look()) {
            moved = true;
            if (!first_) to_before_.send(piece(from_next_.done() - 1));
        }
        return moved;
    }

    Watch& watch_;
    std::span<float> sum_;
    std::size_t pieces_, added_ = 0;
    bool first_, last_;
    Pieces from_before_, to_next_, from_next_, to_before_;
};

}  // namespace kiln::inline KILN_TARGET::mpi::detail
