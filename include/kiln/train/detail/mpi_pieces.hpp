// SPDX-License-Identifier: BSL-1.0
#pragma once
// Sums travel in pieces, several of which are under way at the same time.

#include <kiln/core/target.hpp>
#include <kiln/train/detail/mpi_watch.hpp>

#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace kiln::inline KILN_TARGET::mpi::detail {

/// Elements in pieces of equal size, of which the last may be smaller.
class Cut {
  public:
    static constexpr std::size_t piece_size = 8000;  // floats: measured (tests/speed/ranks.cpp)
    static_assert(piece_size * sizeof(float) < Session::copied);

    explicit Cut(std::size_t size) : size_(size) {}

    std::size_t pieces() const { return (size_ + piece_size - 1) / piece_size; }
    std::size_t begin_of(std::size_t piece) const { return std::min(piece * piece_size, size_); }
    std::size_t size_of(std::size_t piece) const { return begin_of(piece + 1) - begin_of(piece); }
    std::span<float> of(std::span<float> all, std::size_t piece) const {
        return all.subspan(begin_of(piece), size_of(piece));
    }

  private:
    std::size_t size_;
};

/// The pieces that go to other ranks, or come from them, in their order. At most `most` are under way.
class Pieces {
  public:
    static constexpr std::size_t most = 32;

    Pieces(Watch& watch, int tag) : watch_(watch), tag_(tag) {}
    ~Pieces() {
        const Cancelling cancelling;
        for (; done_ < begun_; ++done_) cancelling.cancel(request(done_));
    }
    Pieces(const Pieces&) = delete;
    Pieces& operator=(const Pieces&) = delete;

    std::size_t begun() const { return begun_; }
    std::size_t done() const { return done_; }
    bool full() const { return begun_ - done_ == most; }

    void send(int to, std::span<const float> piece) {
        watch_.check_message(MPI_Isend(piece.data(), static_cast<int>(piece.size()), MPI_FLOAT, to, tag_,
                                       watch_.communicator(), &request(begun_)),
                             "MPI_Isend", to);
        other(begun_++) = to;
    }
    void receive(int from, std::span<float> piece) {
        watch_.check_message(MPI_Irecv(piece.data(), static_cast<int>(piece.size()), MPI_FLOAT, from, tag_,
                                       watch_.communicator(), &request(begun_)),
                             "MPI_Irecv", from);
        other(begun_++) = from;
    }
    /// Whether the oldest piece under way is done now.
    bool look() {
        if (done_ == begun_ || !watch_.done(request(done_), other(done_))) return false;
        ++done_;
        return true;
    }

  private:
    MPI_Request& request(std::size_t piece) { return requests_[piece % most]; }
    int& other(std::size_t piece) { return others_[piece % most]; }

    Watch& watch_;
    int tag_;
    std::size_t begun_ = 0, done_ = 0;
    std::array<MPI_Request, most> requests_;
    std::array<int, most> others_;
};

}  // namespace kiln::inline KILN_TARGET::mpi::detail
