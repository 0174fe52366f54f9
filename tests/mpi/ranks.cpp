// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE mpi.ranks
#include <kiln/train/mpi.hpp>

#include <boost/test/unit_test.hpp>

#include "train/groups_in_tree.hpp"
#include <mpi.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

// All ranks run this program, started by mpirun, so they run the same cases at the same time.

using namespace kiln;

namespace {

static_assert(RankGroup<mpi::Ranks>);

// The sum of several of these is another one in another order.
float term_of(int rank, std::size_t element) {
    return static_cast<float>(rank % 2 == 0 ? 1e8 : 1.0) /
           static_cast<float>(1 + rank + static_cast<int>(element % 97));
}

std::vector<float> sum_of(mpi::Ranks& ranks, std::size_t size) {
    std::vector<float> sum(size, ranks.rank() == 0 ? 0.25f : 7.0f);
    ranks.sum_in_order(sum, [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) sum[i] += term_of(ranks.rank(), i);
    });
    return sum;
}
std::vector<float> expected(int ranks, std::size_t size) {
    std::vector<float> sum(size, 0.25f);
    for (int rank = 0; rank < ranks; ++rank)
        for (std::size_t i = 0; i < size; ++i) sum[i] += term_of(rank, i);
    return sum;
}

// Each rank gives three bytes more than the one before, rank 0 none.
bool shares(mpi::Ranks& ranks) {
    const auto count = static_cast<std::size_t>(ranks.count()), rank = static_cast<std::size_t>(ranks.rank());
    std::vector<std::size_t> ends(count);
    for (std::size_t r = 1; r < count; ++r) ends[r] = ends[r - 1] + 3 * r;
    std::vector<std::byte> all(ends.back());
    for (std::size_t i = rank > 0 ? ends[rank - 1] : 0; i < ends[rank]; ++i) all[i] = static_cast<std::byte>(i + 1);
    ranks.share(all, ends);
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i] != static_cast<std::byte>(i + 1)) return false;
    return true;
}

// The message of a disagreement; empty if the ranks agree.
std::string agree(mpi::Ranks& ranks, std::uint64_t rate, std::uint64_t data) {
    const std::array<Agreed, 2> things{{{"learning rate", rate}, {"data", data}}};
    try {
        ranks.agree(things);
    } catch (const RankError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_sum_has_the_bits_of_the_ranks_in_their_order) {
    mpi::Ranks ranks;
    for (const std::size_t size : {0u, 1u, 7u, 7999u, 8000u, 8001u, 100'003u, 700'001u}) {
        const std::vector<float> right = expected(ranks.count(), size);
        for (int repeat = 0; repeat < 3; ++repeat) BOOST_TEST((sum_of(ranks, size) == right));
    }
}

// Groups that are powers of two, one for each rank, and others; equal parts, and ranks without a group.
BOOST_AUTO_TEST_CASE(a_sum_in_a_tree_has_the_bits_of_its_definition) {
    mpi::Ranks ranks;
    const auto count = static_cast<std::size_t>(ranks.count());
    for (const std::size_t groups : {1u, 2u, 3u, 4u, 7u, 8u, 13u, 16u})
        for (const auto& ends : laws::shares_of_groups(groups, count))
            for (const std::size_t size : {0u, 1u, 7u, 8001u, 50'003u})
                BOOST_TEST(laws::sums_up_in_tree(ranks, ends, size), groups << " groups of " << size);
    for (const std::size_t size : {300'003u, 700'001u})  // more pieces than are under way at once
        for (const auto& ends : laws::shares_of_groups(4, count)) BOOST_TEST(laws::sums_up_in_tree(ranks, ends, size));
}

BOOST_AUTO_TEST_CASE(a_sum_may_run_while_bytes_are_under_way) {
    mpi::Ranks ranks;
    const auto count = static_cast<std::size_t>(ranks.count());
    for (const std::size_t bytes : {0u, 7u, 100'000u})  // sent at once, or agreed upon first
        for (const std::size_t groups : {std::size_t{7}, 2 * count})
            for (const auto& ends : laws::shares_of_groups(groups, count))
                BOOST_TEST(laws::sums_up_while_it_shares(ranks, ends, 20'000, bytes));
    // The sum is done long before the bytes have come.
    BOOST_TEST(laws::sums_up_while_it_shares(ranks, laws::shares_of_groups(7, count)[0], 10, 30'000'000));
}

BOOST_AUTO_TEST_CASE(terms_are_asked_for_once_each_and_in_their_order) {
    mpi::Ranks ranks;
    std::vector<float> sum(50'000);
    std::size_t next = 0;
    ranks.sum_in_order(sum, [&](std::size_t first, std::size_t last) {
        BOOST_TEST(first == next);
        next = last;
    });
    BOOST_TEST(next == sum.size());
}

BOOST_AUTO_TEST_CASE(every_rank_gets_the_bytes_of_all) {
    mpi::Ranks ranks;
    for (int repeat = 0; repeat < 3; ++repeat) BOOST_TEST(shares(ranks));
}

BOOST_AUTO_TEST_CASE(ranks_that_agree_go_on) {
    mpi::Ranks ranks;
    BOOST_TEST(agree(ranks, 1, 2) == "");
    BOOST_TEST(agree(ranks, 3, 4) == "");
    ranks.agree({});
}

BOOST_AUTO_TEST_CASE(a_rank_that_differs_is_named_on_every_rank_and_the_group_can_go_on) {
    mpi::Ranks ranks;
    const int last = ranks.count() - 1;
    const std::string message = agree(ranks, 1, ranks.rank() == last && last > 0 ? 3 : 2);
    if (last > 0) {
        BOOST_TEST(message.find("the same data") != message.npos);
        BOOST_TEST(message.find("rank " + std::to_string(last)) != message.npos);
        BOOST_TEST(message.find("learning rate") == message.npos);
    } else {
        BOOST_TEST(message == "");
    }
    BOOST_TEST(shares(ranks));
}

BOOST_AUTO_TEST_CASE(messages_of_two_groups_never_meet) {
    mpi::Ranks one;
    auto other = std::make_unique<mpi::Ranks>(mpi::Options{.deadline = std::chrono::seconds(20)});
    for (int step = 0; step < 20; ++step) {
        BOOST_TEST((sum_of(one, 20'000) == expected(one.count(), 20'000)));
        BOOST_TEST((sum_of(*other, 20'000) == expected(one.count(), 20'000)));
        const auto ways = laws::shares_of_groups(8, static_cast<std::size_t>(one.count()));
        for (const auto& ends : ways) BOOST_TEST(laws::sums_up_in_tree(step % 2 == 0 ? *other : one, ends, 20'000));
        BOOST_TEST(shares(step % 2 == 0 ? one : *other));
    }
    other.reset();
    BOOST_TEST(shares(one));
}

BOOST_AUTO_TEST_CASE(a_communicator_of_the_users_may_have_some_of_the_ranks) {
    mpi::Ranks all;
    MPI_Comm half = MPI_COMM_NULL;
    BOOST_REQUIRE(MPI_Comm_split(MPI_COMM_WORLD, all.rank() % 2, -all.rank(), &half) == MPI_SUCCESS);
    {
        mpi::Ranks ranks(half, {.deadline = std::chrono::seconds(20)});
        BOOST_TEST(ranks.count() == (all.count() + 1 - all.rank() % 2) / 2);
        BOOST_TEST(ranks.rank() == (all.count() - 1 - all.rank()) / 2);  // the key turns their order
        MPI_Comm_free(&half);                                            // the group has a duplicate
        BOOST_TEST((sum_of(ranks, 30'000) == expected(ranks.count(), 30'000)));
        BOOST_TEST(shares(ranks));
    }
    BOOST_TEST(shares(all));
}

BOOST_AUTO_TEST_CASE(many_groups_may_follow_one_another) {
    for (int group = 0; group < 300; ++group) {
        mpi::Ranks ranks;
        BOOST_REQUIRE(shares(ranks));
    }
}

BOOST_AUTO_TEST_CASE(a_rank_that_is_late_is_waited_for) {
    using Duration = std::chrono::steady_clock::duration;
    for (const Duration deadline : {Duration(std::chrono::seconds(20)), Duration::max()}) {
        mpi::Ranks ranks({.deadline = deadline});
        for (int step = 0; step < 3; ++step) {
            if (ranks.rank() == step % ranks.count()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
            BOOST_TEST((sum_of(ranks, 20'000) == expected(ranks.count(), 20'000)));
            const auto ways = laws::shares_of_groups(8, static_cast<std::size_t>(ranks.count()));
            if (ranks.rank() == step % ranks.count()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
            for (const auto& ends : ways) BOOST_TEST(laws::sums_up_in_tree(ranks, ends, 20'000));
        }
    }
}
