// SPDX-License-Identifier: BSL-1.0
#pragma once
// Ranks that are threads of one program: for tests, and for machines without MPI. Each rank has its own model, trainer
// and data, as if it were a program of its own.
//
//   kiln::LocalRanks group{4};
//   group.run([](kiln::LocalRanks::Rank& rank) {
//       auto model = std::make_unique<Digits>(kiln::Seed{1});
//       …                                                       // a Trainer<…, kiln::LocalRanks::Rank>{rank, *model, …}
//   });
//
// A rank that waits for another looks at that rank's counters and yields its processor in between, so there may be more
// ranks than processors.

#include <kiln/core/contract/ranks.hpp>
#include <kiln/core/detail/system.hpp>
#include <kiln/core/detail/worker.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/train/detail/disagreement.hpp>
#include <kiln/train/detail/group_tree.hpp>
#include <kiln/train/detail/rank_operation.hpp>
#include <kiln/train/rank_error.hpp>
#include <kiln/train/ranks.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <mutex>
#include <span>
#include <string>
#include <thread>  // and durations; <chrono> has calendars as well, which cost every program 300 templates
#include <type_traits>
#include <vector>

namespace kiln::inline KILN_TARGET {

/// The settings of LocalRanks.
struct LocalRanksOptions {
    std::chrono::milliseconds deadline = std::chrono::milliseconds(60'000);  ///< how long a rank waits for another
};

/// A group of `count` ranks, each a thread while `run` runs. Construction throws RankError if there is less than one.
class LocalRanks {
  public:
    class Rank;

    explicit LocalRanks(int count, const LocalRanksOptions& options = {})
        : options_(options),
          places_(static_cast<std::size_t>(count < 1 ? 0 : count)) {
        if (count < 1) throw RankError(concat("kiln: LocalRanks needs at least one rank, got ", count, "; try 2"));
    }
    LocalRanks(const LocalRanks&) = delete;
    LocalRanks& operator=(const LocalRanks&) = delete;

    int count() const { return static_cast<int>(places_.size()); }

    /// Calls task(rank) for each rank, rank 0 on the caller's thread, and returns when all ranks have ended. If a rank
    /// ends by an exception, every other rank that waits gets a RankError that names it, and `run` throws that first
    /// exception. A rank that stays silent is named to the others after the deadline; `run` waits until it has ended.
    template <class Task>
    void run(Task&& task);

  private:
    using Call = kiln::detail::Call;
    using Operation = kiln::detail::Operation;

    // The numbers of a rank that other ranks read. The counters only grow, so a rank needs not wait for others before a
    // call: they find the pointers when they see the counter. Every call ends with a barrier, so a rank is at most one
    // call ahead of another, and operations of two calls are kept.
    struct alignas(64) Place {
        std::atomic<unsigned long long> summed{0};   // pieces of sums
        std::atomic<unsigned long long> arrived{0};  // at barriers
        std::atomic<std::int64_t> number{0};         // of the operation
        std::atomic<int> waits_for{-1};              // the rank, or -1
        std::atomic<bool> reads{false};              // memory of other ranks
        std::atomic<bool> ended{false};
        std::array<Operation, 2> operations;  // the last one of an even and of an odd number
        float* sum = nullptr;
        const std::span<float>* nodes = nullptr;
        std::byte* shared = nullptr;
        const Agreed* things = nullptr;
        std::exception_ptr failure;

        Operation& operation(std::int64_t of) { return operations[static_cast<std::size_t>(of % 2)]; }
    };

    Place& place(int rank) { return places_[static_cast<std::size_t>(rank)]; }

    // Notes that a rank cannot go on, unless another could not earlier.
    void fail(int rank, const std::string& message) {
        const std::lock_guard lock(mutex_);
        if (failed_.load(std::memory_order_relaxed)) return;
        message_ = message;
        first_ = rank;
        failed_ = true;
    }
    // The same for a rank that an exception ends, the one that is being handled.
    void fail_by_exception(int rank) {
        try {
            throw;
        } catch (const std::exception& error) {
            fail(rank, concat("kiln: rank ", rank, " has ended by an exception: ", error.what()));
        } catch (...) {
            fail(rank, concat("kiln: rank ", rank, " has ended by an exception"));
        }
    }
    // Throws if a rank cannot go on.
    void require_all() const {
        if (!failed_) return;
        wait_for_readers();
        throw RankError(message_);
    }
    // After a failure, before an exception ends the memory that this rank shows to others.
    void wait_for_readers() const {
        for (const Place& other : places_)
            while (other.reads) std::this_thread::yield();
    }
    // Calls read(), in which rank `own` reads memory of others: none of them throws meanwhile. Either this rank sees
    // that one has failed, or that one sees that this rank reads: both flags are of sequential consistency.
    void read(int own, auto read) {
        std::atomic<bool>& reads = place(own).reads;
        reads = true;
        const bool may = !failed_;
        if (may) read();
        reads = false;
        if (!may) require_all();
    }
    // Throws if another rank makes another call than rank `own`, as far as it has come.
    void require_same_call(int own, int other) {
        const std::int64_t number = place(own).number.load(std::memory_order_relaxed);
        if (place(other).number.load(std::memory_order_acquire) < number) return;
        const int first = std::min(own, other), second = std::max(own, other);
        const Operation &one = place(first).operation(number), &two = place(second).operation(number);
        if (!one.differs_from(two)) return;
        fail(other, one.mismatch(concat("rank ", first), two, concat("rank ", second)));
        require_all();
    }
    // Makes rank `own` wait until a counter of rank `other` is at least `value`.
    void wait_for(int own, int other, const std::atomic<unsigned long long>& counter, unsigned long long value) {
        const auto is_there = [&] { return counter.load(std::memory_order_acquire) >= value; };
        if (is_there()) return require_same_call(own, other);
        place(own).waits_for.store(other, std::memory_order_relaxed);
        const double end = kiln::detail::seconds_now() + static_cast<double>(options_.deadline.count()) / 1000;
        for (unsigned looks = 1; !is_there(); ++looks) {
            require_all();
            require_same_call(own, other);
            // A call that a rank took part in before it ended counts.
            if (place(other).ended.load(std::memory_order_acquire) && !is_there())
                fail(other, concat("kiln: rank ", other, " has ended while other ranks wait for it"));
            if (looks % 64 == 0 && kiln::detail::seconds_now() > end) {
                const int silent = awaited_by(other, own);
                fail(silent, silent == own
                                 ? "kiln: all ranks wait for each other for longer than the deadline"
                                 : concat("kiln: rank ", silent, " has been silent for longer than the deadline"));
            }
            std::this_thread::yield();
        }
        place(own).waits_for.store(-1, std::memory_order_relaxed);
        require_same_call(own, other);
    }
    // The rank for which `rank` waits, perhaps through others, or `rank` itself; `own` if that is among them.
    int awaited_by(int rank, int own) {
        for (int i = 0; i < count() && rank != own; ++i)
            if (const int next = place(rank).waits_for.load(std::memory_order_relaxed); next >= 0) rank = next;
        return rank;
    }
    // Runs one rank to its end.
    void run_one(auto& task, int number);

    LocalRanksOptions options_;
    std::vector<Place> places_;
    std::mutex mutex_;
    std::atomic<bool> failed_{false};
    std::string message_;  // why, and the first rank that could not go on
    int first_ = 0;
};

/// One rank, as its own thread sees the group.
class LocalRanks::Rank {
  public:
    Rank(const Rank&) = delete;
    Rank& operator=(const Rank&) = delete;

    int rank() const { return rank_; }
    int count() const { return group_.count(); }

    void sum_in_order(std::span<float> sum, auto&& add) {
        const unsigned long long before = summed_;
        const int last = count() - 1;
        summed_ += (sum.size() + piece - 1) / piece;
        begin(Call::sum, sum.size(), [&](Place& own) { own.sum = sum.data(); });
        unsigned long long done = before;
        for (std::size_t first = 0; first < sum.size(); first += piece) {
            const std::size_t end = end_of_piece(first, sum.size());
            if (rank_ > 0) take_piece(rank_ - 1, sum, first, end, done + 1);
            add_terms(add, first, end);
            own().summed.store(++done, std::memory_order_release);
        }
        // Now the last rank has, or will have, the sums.
        done = before;
        if (rank_ < last)
            for (std::size_t first = 0; first < sum.size(); first += piece)
                take_piece(last, sum, first, end_of_piece(first, sum.size()), ++done);
        meet();
    }

    void sum_in_tree(std::span<float> sum, std::span<const std::size_t> ends, std::span<const std::span<float>> nodes) {
        KILN_EXPECTS(ends.size() == static_cast<std::size_t>(count()));
        begin(Call::tree, sum.size(), [&](Place& own) {
            own.sum = sum.data();
            own.nodes = nodes.data();
        });
        const auto end_of_part = [&](int rank) {
            return sum.size() * static_cast<std::size_t>(rank + 1) / static_cast<std::size_t>(count());
        };
        const auto first_of_part = [&](int rank) { return rank > 0 ? end_of_part(rank - 1) : 0; };
        meet();
        // Each rank adds up a part of all nodes, in the memory of those that have them.
        group_.read(rank_, [&] {
            for (std::size_t first = first_of_part(rank_), end; first < end_of_part(rank_); first = end) {
                end = end_of_piece(first, end_of_part(rank_));
                add_piece_of_tree(sum, ends, first, end);
            }
        });
        meet();
        group_.read(rank_, [&] {
            for (int other = 0; other < count(); ++other) {
                const std::size_t first = first_of_part(other), size = end_of_part(other) - first;
                if (other != rank_ && size > 0)
                    std::memcpy(&sum[first], group_.place(other).sum + first, size * sizeof(float));
            }
        });
        meet();
    }

    template <class Meanwhile = void (*)()>
    void share(
        std::span<std::byte> all, std::span<const std::size_t> ends, Meanwhile meanwhile = [] {}) {
        KILN_EXPECTS(ends.size() == static_cast<std::size_t>(count()) && ends.back() == all.size());
        meanwhile();
        begin(Call::share, all.size(), [&](Place& own) { own.shared = all.data(); });
        meet();
        group_.read(rank_, [&] {
            for (int other = 0; other < count(); ++other) {
                const auto at = static_cast<std::size_t>(other);
                const std::size_t first = at > 0 ? ends[at - 1] : 0;
                const std::byte* const from = group_.place(other).shared;
                if (other != rank_ && ends[at] > first) std::memcpy(&all[first], from + first, ends[at] - first);
            }
        });
        meet();
    }

    void agree(std::span<const Agreed> things) {
        begin(Call::agree, things.size(), [&](Place& own) { own.things = things.data(); });
        meet();
        std::string message;
        group_.read(rank_, [&] {
            message = kiln::detail::disagreement(
                things, count(), [&](int rank, std::size_t thing) { return group_.place(rank).things[thing].hash; });
        });
        meet();
        if (!message.empty()) throw RankError(message);
    }

  private:
    friend LocalRanks;
    Rank(LocalRanks& group, int rank)
        : group_(group),
          rank_(rank),
          number_(own().number.load(std::memory_order_relaxed)),
          summed_(own().summed.load(std::memory_order_relaxed)),
          met_(own().arrived.load(std::memory_order_relaxed)) {}

    static constexpr std::size_t piece = 4096;  // elements of a sum
    static constexpr std::size_t end_of_piece(std::size_t first, std::size_t size) {
        return size - first < piece ? size : first + piece;
    }

    Place& own() { return group_.place(rank_); }

    // Begins a call, and sets this rank's pointer for it: others read it once they see this rank's counters.
    void begin(Call call, std::size_t size, auto set) {
        group_.require_all();
        ++number_;
        own().operation(number_) = {.number = number_, .size = size, .call = call};
        set(own());
        own().number.store(number_, std::memory_order_release);
    }
    // Others may be reading the sum when `add` throws.
    void add_terms(auto& add, std::size_t first, std::size_t end) {
        try {
            add(first, end);
        } catch (...) {
            group_.fail_by_exception(rank_);
            group_.wait_for_readers();
            throw;
        }
    }
    // Adds elements first … end - 1 of all nodes to `sum`.
    void add_piece_of_tree(std::span<float> sum, std::span<const std::size_t> ends, std::size_t first,
                           std::size_t end) {
        const auto add = [&](float* to, const float* from) {
            for (std::size_t i = first; i < end; ++i) to[i] += from[i];
        };
        kiln::detail::NodeStack<float*> nodes(static_cast<int>(ends.back()));
        kiln::detail::for_each_node_of_ranks(ends, [&](int rank, std::size_t index, int first_group, int end_group) {
            nodes.push(first_group, end_group, group_.place(rank).nodes[index].data(), add);
        });
        for (float* const all : nodes.values()) add(sum.data(), all);
    }
    // Waits until all ranks are here.
    void meet() {
        own().arrived.store(++met_, std::memory_order_release);
        for (int other = 0; other < count(); ++other)
            if (other != rank_) group_.wait_for(rank_, other, group_.place(other).arrived, met_);
    }
    // Copies elements first … end - 1 of another rank's sum, when they are piece number `number`.
    void take_piece(int other, std::span<float> sum, std::size_t first, std::size_t end, unsigned long long number) {
        const Place& from = group_.place(other);
        group_.wait_for(rank_, other, from.summed, number);
        group_.read(rank_, [&] { std::memcpy(&sum[first], from.sum + first, (end - first) * sizeof(float)); });
    }

    LocalRanks& group_;
    const int rank_;
    std::int64_t number_;
    unsigned long long summed_, met_;
};

template <class Task>
void LocalRanks::run(Task&& task) {
    for (Place& place : places_) {
        place.summed = place.arrived = 0;
        place.number = 0;
        place.waits_for = -1;
        place.reads = place.ended = false;
        place.failure = nullptr;
    }
    failed_ = false;
    {
        struct Context {
            LocalRanks& group;
            std::remove_reference_t<Task>& task;
        } context{*this, task};
        std::vector<kiln::detail::Worker> workers(places_.size() - 1);
        const auto call = [](void* at, int rank) {
            const Context& given = *static_cast<const Context*>(at);
            given.group.run_one(given.task, rank);
        };
        try {
            for (std::size_t i = 0; i < workers.size(); ++i) workers[i].start(call, &context, static_cast<int>(i) + 1);
        } catch (...) {
            fail(0, "kiln: rank 0 has ended, for the system has no more threads");
            throw;
        }
        run_one(task, 0);
    }
    if (failed_ && place(first_).failure != nullptr) std::rethrow_exception(place(first_).failure);
    for (const Place& place : places_)
        if (place.failure != nullptr) std::rethrow_exception(place.failure);
}

void LocalRanks::run_one(auto& task, int number) {
    Place& own = place(number);
    try {
        Rank rank(*this, number);
        task(rank);
    } catch (...) {
        own.failure = std::current_exception();
        fail_by_exception(number);
    }
    own.ended.store(true, std::memory_order_release);
}

}  // namespace kiln::inline KILN_TARGET
