// SPDX-License-Identifier: BSL-1.0
#pragma once
// Every rank sends its part of some bytes to every other rank, at the same time. Without bytes: all ranks meet.

#include <kiln/core/target.hpp>
#include <kiln/train/detail/mpi_watch.hpp>

#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace kiln::inline KILN_TARGET::mpi::detail {

class Exchange {
  public:
    explicit Exchange(Watch& watch) : watch_(watch), requests_(2 * static_cast<std::size_t>(watch.count() - 1)) {}

    void meet(int tag) {
        exchange(
            tag, [](int) { return std::span<std::byte>(); }, [] {});
    }
    /// Rank r has the bytes ends[r - 1] … ends[r] - 1 of `all`. Calls meanwhile() while messages are under way.
    template <class Meanwhile = void (*)()>
    void run(
        int tag, std::span<std::byte> all, std::span<const std::size_t> ends, Meanwhile meanwhile = [] {}) {
        constexpr std::size_t most = 1 << 30;  // bytes of a message: MPI counts in int
        std::size_t longest = 0;
        for (std::size_t r = 0; r < ends.size(); ++r) longest = std::max(longest, ends[r] - (r > 0 ? ends[r - 1] : 0));
        if (longest == 0) return meanwhile();
        std::size_t done = 0;
        const auto part = [&](int rank) {
            const auto r = static_cast<std::size_t>(rank);
            const std::size_t first = std::min((r > 0 ? ends[r - 1] : 0) + done, ends[r]);
            return all.subspan(first, std::min(ends[r] - first, most));
        };
        for (; longest - done > most; done += most) exchange(tag, part, [] {});
        exchange(tag, part, meanwhile);
    }

  private:
    // part(rank): what that rank has.
    void exchange(int tag, auto part, auto meanwhile) {
        const struct Cancel {
            std::vector<MPI_Request>& requests;
            ~Cancel() {
                const Cancelling cancelling;
                for (MPI_Request& request : requests) cancelling.cancel(request);
            }
        } cancel_if_failed{requests_};
        std::ranges::fill(requests_, MPI_REQUEST_NULL);
        const int rank = watch_.rank(), count = watch_.count();
        auto request = requests_.begin();
        for (int step = 1; step < count; ++step) {
            const int from = (rank + count - step) % count, to = (rank + step) % count;
            watch_.check_message(MPI_Irecv(part(from).data(), static_cast<int>(part(from).size()), MPI_BYTE, from, tag,
                                           watch_.communicator(), &*request++),
                                 "MPI_Irecv", from);
            watch_.check_message(MPI_Isend(part(rank).data(), static_cast<int>(part(rank).size()), MPI_BYTE, to, tag,
                                           watch_.communicator(), &*request++),
                                 "MPI_Isend", to);
        }
        meanwhile();
        request = requests_.begin();
        for (int step = 1; step < count; ++step) {
            wait(*request++, (rank + count - step) % count);
            wait(*request++, (rank + step) % count);
        }
    }
    void wait(MPI_Request& request, int other) {
        while (!watch_.done(request, other)) watch_.wait();
        watch_.moved();
    }

    Watch& watch_;
    std::vector<MPI_Request> requests_;
};

}  // namespace kiln::inline KILN_TARGET::mpi::detail
