// SPDX-License-Identifier: BSL-1.0
#pragma once
// Ranks that are processes, on one or several machines, and send each other messages by MPI. This header is not in
// kiln.hpp: it needs an MPI of standard 3.0 or later, such as Open MPI or MPICH (CMake: kiln::mpi).
//
//     int main() {
//         kiln::mpi::Ranks ranks;                                  // mpirun -n 4 program
//         …
//     }
//
// A rank that has ended, was stopped or cannot be reached ends all of them: each throws RankError, and says on stderr
// which rank it is. That takes the deadline at most, from when the others wait. Such a program ends by MPI_Abort when it
// returns from main, calls std::exit or MPI_Finalize: its exit status is 1, and no rank is left.

#include <kiln/core/contract/ranks.hpp>
#include <kiln/core/target.hpp>
#include <kiln/train/detail/mpi_chain.hpp>
#include <kiln/train/detail/mpi_session.hpp>
#include <kiln/train/detail/mpi_watch.hpp>
#include <kiln/train/rank_error.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <mpi.h>
#include <span>
#include <string>
#include <unistd.h>
#include <vector>

namespace kiln::inline KILN_TARGET::mpi {

struct Options {
    /// How long a rank waits for the others. No rank may compute, read or write for so long between two steps.
    std::chrono::steady_clock::duration deadline = std::chrono::seconds(60);
};

/// The processes of a communicator as a RankGroup (core/contract/ranks.hpp). Construction and destruction wait for all
/// ranks. The object is used by one thread, that which has begun MPI.
class Ranks {
  public:
    /// All processes of the program. Begins MPI unless the program has, and then ends it when the program ends.
    explicit Ranks(const Options& options = {}) : Ranks(MPI_COMM_WORLD, options) {}
    /// The processes of the communicator, which is duplicated, so that messages of others never meet these.
    explicit Ranks(MPI_Comm communicator, const Options& options = {})
        : exceptions_(std::uncaught_exceptions()), watch_((detail::Session::get(), communicator), options.deadline),
          requests_(2 * static_cast<std::size_t>(count()), MPI_REQUEST_NULL) {
        introduce();
    }
    /// Waits for all ranks, or tells them that an exception ends this one.
    ~Ranks() {
        if (watch_.failed() || !detail::running()) return;
        if (std::uncaught_exceptions() > exceptions_) {
            watch_.leave("an exception");
            return;
        }
        try {
            exchange({}, {}, watch_.begin(detail::Call::end, 0));
        } catch (const RankError&) {  // said on stderr; the program ends with an error
        }
    }
    Ranks(const Ranks&) = delete;
    Ranks& operator=(const Ranks&) = delete;

    int rank() const { return watch_.rank(); }
    int count() const { return watch_.count(); }

    /// Makes `sum` the same on all ranks: rank 0's, plus the terms that add(first, last) adds on rank 0, 1, 2, ….
    void sum_in_order(std::span<float> sum, auto&& add) {
        const int tag = watch_.begin(detail::Call::sum, sum.size());
        if (count() > 1)
            detail::Chain(watch_, sum, tag).run(add);
        else
            add(std::size_t{0}, sum.size());
    }

    /// Gives every rank the whole of `all`, of which rank r has the bytes ends[r - 1] … ends[r] - 1.
    void share(std::span<std::byte> all, std::span<const std::size_t> ends) {
        exchange(all, ends, watch_.begin(detail::Call::share, all.size()));
    }

    /// Throws RankError, on every rank, if a thing's hash differs between ranks.
    void agree(std::span<const Agreed> things) {
        const int tag = watch_.begin(detail::Call::agree, things.size());
        const auto ranks = static_cast<std::size_t>(count());
        std::vector<std::uint64_t> hashes(ranks * things.size());
        std::vector<std::size_t> ends(ranks);
        for (std::size_t r = 0; r < ranks; ++r) ends[r] = (r + 1) * things.size() * sizeof(std::uint64_t);
        for (std::size_t i = 0; i < things.size(); ++i)
            hashes[static_cast<std::size_t>(rank()) * things.size() + i] = things[i].hash;
        exchange(std::as_writable_bytes(std::span(hashes)), ends, tag);

        std::string words;
        for (std::size_t i = 0; i < things.size(); ++i) {
            std::string others;
            for (std::size_t r = 1; r < ranks; ++r)
                if (hashes[r * things.size() + i] != hashes[i]) others += (others.empty() ? "" : ", ") + std::to_string(r);
            if (!others.empty())
                words += (words.empty() ? "" : "; ") + std::string(things[i].name) + " on rank " + others;
        }
        if (words.empty()) return;
        words = "kiln: ranks need the same as rank 0, got another " + words + "; try the same program and data on all ranks";
        watch_.say(words);
        exchange({}, {}, watch_.begin(detail::Call::agree, 0));  // all have said it before one ends
        throw RankError(words);
    }

  private:
    // Who the ranks are, for messages.
    struct Name {
        std::uint64_t group;
        long process;
        char machine[MPI_MAX_PROCESSOR_NAME];
    };
    void introduce() {
        const int tag = watch_.begin(detail::Call::begin, 0);
        std::vector<Name> names(static_cast<std::size_t>(count()));
        std::vector<std::size_t> ends;
        for (std::size_t r = 1; r <= names.size(); ++r) ends.push_back(r * sizeof(Name));
        Name& own = names[static_cast<std::size_t>(rank())];
        int length = 0;
        own.process = getpid();
        own.group = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) * 2 + 1;
        MPI_Get_processor_name(own.machine, &length);
        exchange(std::as_writable_bytes(std::span(names)), ends, tag);
        for (int r = 0; const Name& name : names)
            watch_.name(r++, " (process " + std::to_string(name.process) + " on " + name.machine + ")");
        watch_.set_group(names[0].group);
    }

    // Every rank sends its bytes to every other. Without bytes: all ranks are there.
    void exchange(std::span<std::byte> all, std::span<const std::size_t> ends, int tag) {
        constexpr std::size_t most = 1 << 30;  // bytes of a message: MPI counts in int
        std::size_t longest = 1;
        for (std::size_t r = 0; r < ends.size(); ++r) longest = std::max(longest, ends[r] - (r > 0 ? ends[r - 1] : 0));
        for (std::size_t from = 0; from < longest; from += most) {
            const auto part = [&](int rank) {
                if (ends.empty()) return all;
                const std::size_t r = static_cast<std::size_t>(rank), begin = r > 0 ? ends[r - 1] : 0;
                const std::size_t size = ends[r] - begin, skipped = std::min(from, size);
                return all.subspan(begin + skipped, std::min(size - skipped, most));
            };
            exchange_parts(part, tag);
        }
    }
    void exchange_parts(auto&& part, int tag) {
        struct Cancel {
            std::vector<MPI_Request>& requests;
            ~Cancel() {
                for (MPI_Request& request : requests)
                    if (request != MPI_REQUEST_NULL) {
                        MPI_Cancel(&request);
                        MPI_Request_free(&request);
                    }
            }
        } cancel{requests_};
        for (int step = 1; step < count(); ++step) {
            const int from = (rank() + count() - step) % count(), to = (rank() + step) % count();
            const auto i = 2 * static_cast<std::size_t>(step);
            std::span<std::byte> bytes = part(from);
            watch_.check_message(MPI_Irecv(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, from, tag,
                                           watch_.communicator(), &requests_[i]),
                                 "MPI_Irecv", from);
            bytes = part(rank());
            watch_.check_message(MPI_Isend(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, to, tag,
                                           watch_.communicator(), &requests_[i + 1]),
                                 "MPI_Isend", to);
        }
        for (std::size_t next = 2; next < requests_.size();) {
            int done = 0;
            const int other = (rank() + (next % 2 == 0 ? count() - static_cast<int>(next / 2) : static_cast<int>(next / 2))) % count();
            watch_.check_message(MPI_Test(&requests_[next], &done, MPI_STATUS_IGNORE), "MPI_Test", other);
            if (done == 0) {
                watch_.wait();
                continue;
            }
            ++next;
            watch_.moved();
        }
    }

    int exceptions_;  // that were on their way at construction
    detail::Watch watch_;
    std::vector<MPI_Request> requests_;
};

}  // namespace kiln::inline KILN_TARGET::mpi
