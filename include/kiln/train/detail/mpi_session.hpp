// SPDX-License-Identifier: BSL-1.0
#pragma once
// MPI in this program. The first group of ranks begins MPI, unless the program has begun it, and the end of the program
// ends it then. MPI_Finalize waits for all ranks, so a program whose ranks have failed must not reach it: it ends by
// MPI_Abort, which ends the other ranks too, and makes the launcher report an error.

#include <kiln/core/target.hpp>
#include <kiln/train/rank_error.hpp>

#ifndef OMPI_SKIP_MPICXX  // the functions of C++ that MPI once had, which would have to be linked
#define OMPI_SKIP_MPICXX 1
#endif
#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX 1
#endif
#include <mpi.h>
#include <string>

namespace kiln::inline KILN_TARGET::mpi::detail {

/// An error of MPI in its own words.
inline RankError error(int code, const std::string& function) {
    char words[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, words, &length);
    return RankError("kiln: " + function + " needs ranks that can be reached, got " + words);
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
    virtual void leave(const char* why) noexcept = 0;

  protected:
    ~Member() = default;

  private:
    friend class Session;
    Member* next_ = nullptr;
};

class Session {
  public:
    /// Begins MPI if nobody has.
    static Session& get() {
        static Session session;
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
        int key = MPI_KEYVAL_INVALID;
        const auto abort = [](MPI_Comm, int, void*, void*) { return MPI_Abort(MPI_COMM_WORLD, 1); };
        if (MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, abort, &key, nullptr) == MPI_SUCCESS)
            MPI_Comm_set_attr(MPI_COMM_SELF, key, nullptr);
    }

  private:
    Session() {
        int begun = 0, ended = 0, level = MPI_THREAD_SINGLE;
        MPI_Finalized(&ended);
        if (ended)
            throw RankError("kiln: mpi::Ranks needs MPI, which begins once in a program, got a program that has ended MPI; "
                            "try MPI_Finalize at the end of main");
        MPI_Initialized(&begun);
        if (begun) return;
        check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level), "MPI_Init_thread");
        begun_here_ = true;
        if (level < MPI_THREAD_FUNNELED) {
            MPI_Finalize();
            throw RankError("kiln: mpi::Ranks needs an MPI that allows threads (MPI_THREAD_FUNNELED), got one without; "
                            "try another build of it");
        }
    }
    // The program ends: by return from main, by std::exit or, where groups are left, in the middle of their work.
    ~Session() {
        if (!running()) return;
        for (Member* member = first_; member != nullptr; member = member->next_) {
            member->leave("the end of its program");
            fail();
        }
        if (failed_) MPI_Abort(MPI_COMM_WORLD, 1);
        if (begun_here_) MPI_Finalize();
    }

    Member* first_ = nullptr;
    bool begun_here_ = false;
    bool failed_ = false;
};

}  // namespace kiln::inline KILN_TARGET::mpi::detail
