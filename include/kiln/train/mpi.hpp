// SPDX-License-Identifier: BSL-1.0
#pragma once
// Ranks that are processes, on one or several machines, and send each other messages by MPI. This header is not in
// kiln.hpp: it needs an MPI of standard 3.0 or later, such as Open MPI or MPICH (CMake: kiln::mpi).
//
//     int main() {
//         kiln::mpi::Ranks ranks;                                             // mpirun -n 4 program
//         Digits model{kiln::Seed{1}};
//         kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>, kiln::mpi::Ranks> trainer{ranks, model, {}};
//         …
//     }
//
// A rank that has ended, was stopped or cannot be reached ends all of them: each throws RankError, and says on stderr
// which rank it is. That takes the deadline at most, from when the others wait. Such a program ends by MPI_Abort when it
// returns from main, calls std::exit or MPI_Finalize: its exit status is 1, and no rank is left.

#include <kiln/core/contract/ranks.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/target.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/train/detail/disagreement.hpp>
#include <kiln/train/detail/mpi_chain.hpp>
#include <kiln/train/detail/mpi_exchange.hpp>
#include <kiln/train/detail/mpi_session.hpp>
#include <kiln/train/detail/mpi_tree.hpp>
#include <kiln/train/detail/mpi_watch.hpp>
#include <kiln/train/rank_error.hpp>
#include <kiln/train/ranks.hpp>

#include <mpi.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET::mpi {

/// The settings of mpi::Ranks.
struct Options {
    /// How long a rank waits for the others. No rank may compute, read or write for so long between two steps.
    std::chrono::steady_clock::duration deadline = std::chrono::seconds(60);
};

/// The processes of a communicator as a RankGroup (core/contract/ranks.hpp). Construction and destruction wait for all
/// ranks. The object is used by one thread, the one that has begun MPI.
class Ranks {
  public:
    /// All processes of the program. Begins MPI unless the program has, and then ends it when the program ends.
    explicit Ranks(const Options& options = {}) : Ranks(MPI_COMM_WORLD, options) {}
    /// The processes of the communicator, which is duplicated, so that messages of others never meet these.
    explicit Ranks(MPI_Comm communicator, const Options& options = {})
        : watch_(communicator, options.deadline),
          exchange_(watch_),
          exchange_of_sums_(watch_) {
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
            exchange_.meet(watch_.begin(detail::Call::end, 0));
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

    /// Adds the sum of all groups to `sum`, in the tree of core/contract/ranks.hpp. Rank r has the groups ends[r - 1] …
    /// ends[r] - 1; `nodes` are this rank's largest nodes, whose values are lost.
    void sum_in_tree(std::span<float> sum, std::span<const std::size_t> ends, std::span<const std::span<float>> nodes) {
        KILN_EXPECTS(ends.size() == static_cast<std::size_t>(count()) && ends.back() > 0);
        const int tag = watch_.begin(detail::Call::tree, sum.size());
        detail::Tree(watch_, exchange_of_sums_, sum, ends, nodes, tag, room_).run();
    }

    /// Gives every rank the whole of `all`, of which rank r has the bytes ends[r - 1] … ends[r] - 1. Calls meanwhile()
    /// while the messages are under way.
    template <class Meanwhile = void (*)()>
    void share(
        std::span<std::byte> all, std::span<const std::size_t> ends, Meanwhile meanwhile = [] {}) {
        KILN_EXPECTS(ends.size() == static_cast<std::size_t>(count()) && ends.back() == all.size());
        exchange_.run(watch_.begin(detail::Call::share, all.size()), all, ends, meanwhile);
    }

    /// Throws RankError, on every rank, if a thing's hash differs between ranks.
    void agree(std::span<const Agreed> things) {
        const int tag = watch_.begin(detail::Call::agree, things.size());
        const auto at = [&](int rank, std::size_t thing) {
            return static_cast<std::size_t>(rank) * things.size() + thing;
        };
        std::vector<std::uint64_t> hashes(at(count(), 0));
        for (std::size_t i = 0; i < things.size(); ++i) hashes[at(rank(), i)] = things[i].hash;
        gather(std::span(hashes), tag);
        const std::string message = kiln::detail::disagreement(
            things, count(), [&](int rank, std::size_t thing) { return hashes[at(rank, thing)]; });
        if (message.empty()) return;
        watch_.say(message);
        exchange_.meet(watch_.begin(detail::Call::agree, 0));  // all have said it before one ends
        throw RankError(message);
    }

  private:
    struct Name {
        std::uint64_t group;
        long process;
        char machine[MPI_MAX_PROCESSOR_NAME];
    };

    // Tells the other ranks where this one is, for messages.
    void introduce() {
        const int tag = watch_.begin(detail::Call::begin, 0);
        std::vector<Name> names(static_cast<std::size_t>(count()));
        Name& own = names[static_cast<std::size_t>(rank())];
        own.group = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) * 2 + 1;
        own.process = getpid();
        int length = 0;
        MPI_Get_processor_name(own.machine, &length);
        gather(std::span(names), tag);
        for (int rank = 0; const Name& name : names)
            watch_.name(rank++, concat(" (process ", name.process, " on ", name.machine, ")"));
        watch_.set_group(names[0].group);
    }
    // Every rank has as many of the values.
    template <class T>
    void gather(std::span<T> values, int tag) {
        const auto ranks = static_cast<std::size_t>(count());
        std::vector<std::size_t> ends(ranks);
        for (std::size_t r = 0; r < ranks; ++r) ends[r] = values.size_bytes() / ranks * (r + 1);
        exchange_.run(tag, std::as_writable_bytes(values), ends);
    }

    const int exceptions_ = std::uncaught_exceptions();  // that were under way before
    detail::Watch watch_;
    detail::Exchange exchange_, exchange_of_sums_;  // a sum may be under way during another exchange
    detail::Tree::Room room_;
};

}  // namespace kiln::inline KILN_TARGET::mpi
