// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whether the other ranks are there. A rank that waits looks for its messages, first without a pause, then between ever
// longer sleeps, so that it takes no time from other programs. It sends notes to all ranks meanwhile: "I wait in operation
// n". A rank from which no message came for the deadline is silent: it has ended, was stopped, cannot be reached or is
// busy. The rank that finds this says so to all, and every rank fails with the same words. Notes also tell ranks that call
// different functions, and that a rank has left.

#include <kiln/core/expects.hpp>
#include <kiln/core/target.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/train/detail/mpi_session.hpp>
#include <kiln/train/detail/rank_operation.hpp>
#include <kiln/train/rank_error.hpp>

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::mpi::detail {

using kiln::detail::Call;
using kiln::detail::Operation;

/// Gives up messages that an error has made pointless: their memory becomes the user's again.
class Cancelling {
  public:
    /// A message that has begun to come cannot be cancelled, and MPI may write to its memory until it is there: this
    /// waits for it. But it may never come, if its rank has stopped in the middle of it, so all messages together have
    /// a short time. MPI would write what is left only in later calls, of which a failed group makes none.
    void cancel(MPI_Request& request) const {
        if (request == MPI_REQUEST_NULL) return;
        MPI_Cancel(&request);
        for (int done = 0; MPI_Test(&request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && done == 0;) {
            if (std::chrono::steady_clock::now() >= end_) {
                MPI_Request_free(&request);
                return;
            }
            std::this_thread::yield();
        }
    }

  private:
    std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
};

/// The other ranks of a communicator, as one rank sees them.
class Watch final : public Member {
  public:
    using Clock = std::chrono::steady_clock;

    Watch(MPI_Comm communicator, Clock::duration deadline)
        : session_(Session::get(deadline)),
          deadline_(std::min(deadline, Session::longest_deadline)) {
        KILN_EXPECTS(deadline > Clock::duration::zero());
        duplicate(communicator);
        check(MPI_Comm_set_errhandler(communicator_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
        check(MPI_Comm_rank(communicator_, &rank_), "MPI_Comm_rank");
        check(MPI_Comm_size(communicator_, &count_), "MPI_Comm_size");
        ranks_.resize(static_cast<std::size_t>(count_));
        session_.add(*this);
    }
    ~Watch() {
        session_.remove(*this);
        if (failed() || !running()) return;  // ranks that have ended would be waited for
        bool idle = true;
        for (Other& other : ranks_) {
            int sent = 0;
            idle = MPI_Test(&other.request, &sent, MPI_STATUS_IGNORE) == MPI_SUCCESS && sent != 0 && idle;
        }
        if (idle)
            MPI_Comm_free(&communicator_);
        else
            new std::vector<Other>(std::move(ranks_));  // notes on their way keep their memory
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    MPI_Comm communicator() const { return communicator_; }
    int rank() const { return rank_; }
    int count() const { return count_; }
    bool failed() const { return !failure_.empty(); }

    /// Names the ranks in messages, and tells apart the notes of groups that had the same communicator one after another.
    void name(int rank, std::string name) { ranks_[static_cast<std::size_t>(rank)].name = std::move(name); }
    void set_group(std::uint64_t group) { group_ = group; }

    /// Begins an operation and returns the tag of its messages.
    int begin(Call call, std::size_t size) {
        if (failed()) throw RankError(failure_);
        operation_ = {.number = operation_.number + 1, .size = size, .call = call};
        moved();
        listen();
        return operation_.tag();
    }

    /// Has to be called when a message came or went: the deadline begins anew.
    void moved() { looks_ = 0; }

    /// Has to be called when none did: looks for notes, lets other programs have the core, and fails at the deadline.
    void wait() {
        if (++looks_ < spins) return;
        const auto now = Clock::now();
        if (looks_ == spins) {
            since_ = now;
            pause_ = first_pause();
            next_note_ = now + pause_;
        }
        listen();
        if (now >= next_note_) {
            tell_waiting();
            pause_ = std::min(2 * pause_, deadline_ / 6);
            next_note_ = now + pause_;
        }
        if (now - since_ >= deadline_) find_silent(now);
        if (looks_ < spins + yields)
            std::this_thread::yield();
        else
            std::this_thread::sleep_for(std::clamp<Clock::duration>((now - since_) / 32, std::chrono::microseconds(20),
                                                                    std::chrono::milliseconds(1)));
    }

    /// Tells all ranks, gives them time to say it too, and throws.
    [[noreturn]] void fail(std::string words) {
        failure_ = std::move(words);
        say(failure_);
        tell_failed();
        throw RankError(failure_);
    }
    /// Says on this rank alone what all ranks find.
    void say(const std::string& words) const {
        std::fputs(concat("rank ", rank_, " of ", count_, ": ", words, "\n").c_str(), stderr);
        std::fflush(stderr);
    }
    /// Tells all ranks that this one does not go on.
    void leave(const std::string& why) noexcept override {
        if (failed() || count_ == 1) return;
        failure_ = concat("kiln: training needs every rank, got ", why, " on ", name_of(rank_),
                          "; try to mend what that rank reports");
        tell_failed();
    }

    /// Fails if a function of MPI has, in a message to or from another rank.
    void check_message(int code, const char* function, int other) {
        if (code != MPI_SUCCESS) fail(error(code, concat(function, " with ", name_of(other))).what());
    }

    /// Whether a message to or from another rank is done.
    bool done(MPI_Request& request, int other) {
        int flag = 0;
        check_message(MPI_Test(&request, &flag, MPI_STATUS_IGNORE), "MPI_Test", other);
        return flag != 0;
    }

  private:
    static constexpr int spins = 200;    // looks without a pause, some 50 us
    static constexpr int yields = 1000;  // looks that let waiting programs run, some 1 ms more

    // A note, which ranks send each other beside the sums. The words are those of a failure; a waiting rank sends none.
    struct Note {
        std::uint64_t group;
        Operation operation;
        std::int32_t failed;
        char words[960];
    };
    static constexpr int short_note = offsetof(Note, words);

    struct Other {
        std::string name;
        Clock::time_point heard{};
        bool has_failed = false;
        bool knows_failure = false;  // of this rank
        MPI_Request request = MPI_REQUEST_NULL;
        Note note;  // on its way to the other
    };

    // MPI_Comm_dup would wait for ever.
    void duplicate(MPI_Comm communicator) {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Comm_idup(communicator, &communicator_, &request), "MPI_Comm_idup");
        const auto begun = Clock::now();
        for (int looks = 0, there = 0;; ++looks) {
            check(MPI_Test(&request, &there, MPI_STATUS_IGNORE), "MPI_Comm_idup");
            if (there != 0) return;
            if (looks > spins) std::this_thread::sleep_for(std::chrono::microseconds(100));
            if (Clock::now() - begun < deadline_) continue;
            failure_ = concat("kiln: mpi::Ranks needs every rank of its communicator, got some that have not come for ",
                              seconds(deadline_), " s; try a longer deadline if a rank may be late by so much");
            MPI_Comm_rank(communicator, &rank_);
            MPI_Comm_size(communicator, &count_);
            say(failure_);
            session_.fail();
            throw RankError(failure_);
        }
    }
    Clock::duration first_pause() const { return std::min<Clock::duration>(std::chrono::seconds(1), deadline_ / 8); }
    std::string name_of(int rank) const { return concat("rank ", rank, ranks_[static_cast<std::size_t>(rank)].name); }
    static double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

    // ---- Notes ----

    // Reads the notes that have come, and fails if one says so.
    void listen() {
        Note note;
        for (int from; receive(note, from);) {
            if (note.failed != 0) fail(note.words);
            const Operation& theirs = note.operation;
            if (theirs.number == operation_.number && theirs.differs_from(operation_))
                fail(operation_.mismatch(name_of(rank_), theirs, name_of(from)));
        }
    }
    bool receive(Note& note, int& from) {
        for (;;) {
            int there = 0, bytes = 0;
            MPI_Status status;
            if (MPI_Iprobe(MPI_ANY_SOURCE, 0, communicator_, &there, &status) != MPI_SUCCESS || there == 0)
                return false;
            from = status.MPI_SOURCE;
            MPI_Get_count(&status, MPI_BYTE, &bytes);
            bytes = std::min(bytes, int{sizeof note});
            if (MPI_Recv(&note, bytes, MPI_BYTE, from, 0, communicator_, MPI_STATUS_IGNORE) != MPI_SUCCESS)
                return false;
            if (bytes < short_note || note.group != group_) continue;  // of an earlier group
            Other& other = ranks_[static_cast<std::size_t>(from)];
            other.heard = Clock::now();
            other.has_failed = other.has_failed || note.failed != 0;
            note.words[sizeof note.words - 1] = 0;
            return true;
        }
    }
    // Whether the note is on its way: not if an earlier one still is. A rank that cannot be reached is found silent.
    bool send(int to, const Note& note) {
        Other& other = ranks_[static_cast<std::size_t>(to)];
        int sent = 0;
        if (MPI_Test(&other.request, &sent, MPI_STATUS_IGNORE) != MPI_SUCCESS || sent == 0) return false;
        other.note = note;
        const int bytes = note.failed != 0 ? int{sizeof note} : short_note;
        return MPI_Isend(&other.note, bytes, MPI_BYTE, to, 0, communicator_, &other.request) == MPI_SUCCESS;
    }
    void tell_waiting() {
        const Note note{.group = group_, .operation = operation_, .failed = 0, .words = {}};
        for (int to = 0; to < count_; ++to)
            if (to != rank_) send(to, note);
    }
    // Sends the failure to all, and waits for a second at most until all have said it.
    void tell_failed() noexcept {
        session_.fail();
        Note note{.group = group_, .operation = operation_, .failed = 1, .words = {}};
        failure_.copy(note.words, sizeof note.words - 1);
        Other& self = ranks_[static_cast<std::size_t>(rank_)];
        self.has_failed = self.knows_failure = true;
        const auto end = Clock::now() + std::chrono::seconds(1);
        for (bool all = false; !all && Clock::now() < end;
             std::this_thread::sleep_for(std::chrono::microseconds(100))) {
            all = true;
            for (int to = 0; to < count_; ++to) {
                Other& other = ranks_[static_cast<std::size_t>(to)];
                other.knows_failure = other.knows_failure || send(to, note);
                all = all && other.knows_failure && other.has_failed;
            }
            Note answer;
            for (int from; receive(answer, from);) {}
        }
    }

    // ---- Silence ----

    void find_silent(Clock::time_point now) {
        std::string silent;
        for (int number = 0; number < count_; ++number) {
            Other& other = ranks_[static_cast<std::size_t>(number)];
            if (number == rank_ || now - std::max(other.heard, since_) < deadline_) continue;
            silent += concat(silent.empty() ? "" : ", ", name_of(number));
            other.has_failed = true;
        }
        // All wait, and all for nothing: a message is lost.
        if (silent.empty() && now - since_ < 2 * deadline_) return;
        fail(concat("kiln: training needs every rank, got ",
                    silent.empty() ? "no message though all ranks wait" : "nothing from ", silent, " for ",
                    seconds(deadline_), " s in operation ", operation_.number, ", ", operation_.words(),
                    "; try a longer deadline if a rank may be busy for so long"));
    }

    Session& session_;
    Clock::duration deadline_;
    MPI_Comm communicator_ = MPI_COMM_NULL;
    int rank_ = 0;
    int count_ = 1;
    std::vector<Other> ranks_;
    std::uint64_t group_ = 0;
    Operation operation_;
    std::string failure_;
    int looks_ = 0;
    Clock::time_point since_{}, next_note_{};  // since when nothing came; when the next note is due
    Clock::duration pause_{};                  // between notes
};

}  // namespace kiln::inline KILN_TARGET::mpi::detail
