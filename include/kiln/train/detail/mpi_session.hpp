// SPDX-License-Identifier: BSL-1.0
#pragma once
// MPI in this program. The first group of ranks begins MPI, unless the program has begun it, and the end of the program
// ends it then. MPI_Finalize waits for all ranks, so a program whose ranks have failed must not reach it: it ends by
// MPI_Abort, which ends the other ranks too, and makes the launcher report an error.

#include <kiln/core/target.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/train/detail/mpi_launcher.hpp>
#include <kiln/train/rank_error.hpp>

#ifndef OMPI_SKIP_MPICXX  // the functions of C++ that MPI once had, which would have to be linked
#define OMPI_SKIP_MPICXX 1
#endif
#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX 1
#endif
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <thread>

namespace kiln::inline KILN_TARGET::mpi::detail {

/// An error of MPI in its own words.
inline RankError error(int code, std::string_view function) {
    char words[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, words, &length);
    return RankError(concat("kiln: ", function, " needs ranks that can be reached, got ", words));
}
inline void check(int code, const char* function) {
    if (code != MPI_SUCCESS) throw error(code, function);
}

/// Whether the program may still call MPI.
inline bool running() {
    int begun = 0, ended = 0;
    MPI_Initialized(&begun);
    MPI_Finalized(&ended);
    return begun != 0 && ended == 0;
}

/// A group that is told if the program ends before the group does.
class Member {
  public:
    virtual void leave(const std::string& why) noexcept = 0;

  protected:
    ~Member() = default;

  private:
    friend class Session;
    Member* next_ = nullptr;
};

class Session {
  public:
    /// Bytes of a message that is copied through shared memory at once; for longer ones ranks first have to agree.
    static constexpr int copied = 33000;
    /// The longest deadline, a year: a sum of several must fit in a duration.
    static constexpr std::chrono::steady_clock::duration longest_deadline = std::chrono::hours(24 * 365);

    /// Begins MPI if nobody has. The deadline is that of the first group.
    static Session& get(std::chrono::steady_clock::duration deadline) {
        static Session session(deadline);
        return session;
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void add(Member& member) {
        member.next_ = first_;
        first_ = &member;
    }
    void remove(Member& member) {
        for (Member** at = &first_; *at != nullptr; at = &(*at)->next_)
            if (*at == &member) {
                *at = member.next_;
                return;
            }
    }
    /// From now on the program ends by MPI_Abort, also where the user calls MPI_Finalize: that deletes the attributes of
    /// MPI_COMM_SELF before all else.
    void fail() {
        if (failed_) return;
        failed_ = true;
        farewell().size = 0;
        int key = MPI_KEYVAL_INVALID;
        const auto end = [](MPI_Comm, int, void*, void*) { return abort(); };
        if (MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, end, &key, nullptr) == MPI_SUCCESS)
            MPI_Comm_set_attr(MPI_COMM_SELF, key, nullptr);
    }

  private:
    explicit Session(std::chrono::steady_clock::duration deadline) {
        begin(deadline);
        before_ = std::set_terminate(&terminate);
        prepare_farewell();
    }
    void begin(std::chrono::steady_clock::duration deadline) {
        int begun = 0, ended = 0, level = MPI_THREAD_SINGLE;
        MPI_Finalized(&ended);
        if (ended)
            throw RankError(
                "kiln: mpi::Ranks needs MPI, which begins once in a program, got a program that has ended MPI; "
                "try MPI_Finalize at the end of main");
        MPI_Initialized(&begun);
        if (begun) return;
        prefer_copies();
        // A rank may compute for the deadline before it waits for as long.
        const auto hold =
            std::chrono::duration_cast<std::chrono::milliseconds>(2 * std::min(deadline, longest_deadline)) +
            std::chrono::seconds(2);
        hold_launcher_socket(static_cast<int>(std::min<long long>(hold.count(), 1 << 30)));
        check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level), "MPI_Init_thread");
        begun_here_ = true;
        if (level < MPI_THREAD_FUNNELED) {
            MPI_Finalize();
            throw RankError("kiln: mpi::Ranks needs an MPI that allows threads (MPI_THREAD_FUNNELED), got one without; "
                            "try another build of it");
        }
    }
    // Open MPI and UCX, on which MPICH builds, agree from 4 and 8 KiB on, which makes sums take three times as long.
    // Settings of the user's stay.
    static void prefer_copies() {
#ifndef _WIN32
        for (const char* setting : {"OMPI_MCA_btl_vader_eager_limit", "OMPI_MCA_btl_sm_eager_limit",
                                    "UCX_POSIX_SEG_SIZE", "UCX_SYSV_SEG_SIZE"})
            setenv(setting, std::to_string(copied).c_str(), 0);
#endif
    }
    // The program ends: by return from main, by std::exit or, where groups are left, in the middle of their work.
    ~Session() {
        std::set_terminate(before_);
        if (const auto now = std::signal(SIGTERM, SIG_DFL); now != &terminated) std::signal(SIGTERM, now);
        if (!running()) return;
        leave("the end of its program");
        if (failed_) abort();
        if (begun_here_) MPI_Finalize();
    }
    void leave(const std::string& why) {
        for (Member* member = first_; member != nullptr; member = member->next_) member->leave(why);
    }
    // An exception that nobody catches ends a program without destructors.
    static void terminate() {
        Session& session = get({});
        if (std::this_thread::get_id() == session.thread_ && running())
            session.leave(concat("an exception that nobody catches", words_of(std::current_exception())));
        session.before_();
        std::abort();
    }
    static std::string words_of(const std::exception_ptr& exception) {
        try {
            if (exception) std::rethrow_exception(exception);
        } catch (const std::exception& error) {
            return concat(" (", error.what(), ")");
        } catch (...) {}
        return "";
    }
    // A launcher may end all ranks when one has died, before they find out. Open MPI's sends SIGTERM first.
    struct Farewell {
        char words[160];
        volatile std::sig_atomic_t size;
    };
    static Farewell& farewell() {
        static Farewell farewell{};
        return farewell;
    }
    static void prepare_farewell() {
        int rank = 0, count = 1;
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
        MPI_Comm_size(MPI_COMM_WORLD, &count);
        farewell().size = std::snprintf(farewell().words, sizeof farewell().words,
                                        "rank %d of %d: kiln: training needs every rank, got SIGTERM, by which a "
                                        "launcher ends all ranks when one has died\n",
                                        rank, count);
        // A handler of the program's own stays.
        if (const auto own = std::signal(SIGTERM, &terminated); own != SIG_DFL) std::signal(SIGTERM, own);
    }
    static void terminated(int signal) {
        const auto size = static_cast<std::size_t>(farewell().size);
        [[maybe_unused]] const auto written = write(STDERR_FILENO, farewell().words, size);
        std::signal(signal, SIG_DFL);
        std::raise(signal);
    }
    // The other ranks end with this one: they first have time to write why they do. No buffer of stdio survives.
    static int abort() {
        std::fflush(nullptr);
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        return MPI_Abort(MPI_COMM_WORLD, 1);
    }

    std::terminate_handler before_ = nullptr;
    std::thread::id thread_ = std::this_thread::get_id();  // the only one that may call MPI
    Member* first_ = nullptr;
    bool begun_here_ = false;
    bool failed_ = false;
};

}  // namespace kiln::inline KILN_TARGET::mpi::detail
