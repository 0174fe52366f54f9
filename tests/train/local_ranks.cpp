// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.local_ranks
#include <kiln/train/local_ranks.hpp>

#include <boost/test/unit_test.hpp>

#include "train/groups_in_tree.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace kiln;
using namespace std::chrono_literals;

namespace {

static_assert(RankGroup<LocalRanks::Rank>);

// A term of a rank for an element. The sum of several is another one in another order.
float term_of(int rank, std::size_t element) {
    return static_cast<float>(rank % 2 == 0 ? 1e8 : 1.0) /
           static_cast<float>(1 + rank + static_cast<int>(element) % 97);
}

// The message of the error that each rank gets; empty for a rank without one.
std::vector<std::string> errors_of(LocalRanks& group, auto task) {
    std::vector<std::string> errors(static_cast<std::size_t>(group.count()));
    try {
        group.run([&](LocalRanks::Rank& rank) {
            try {
                task(rank);
            } catch (const std::exception& error) {
                errors[static_cast<std::size_t>(rank.rank())] = error.what();
                throw;
            }
        });
    } catch (const std::exception&) {}
    return errors;
}

void meet(LocalRanks::Rank& rank) { rank.agree({}); }

}  // namespace

BOOST_AUTO_TEST_CASE(every_rank_runs_once_with_its_number) {
    for (const int count : {1, 2, 5}) {
        LocalRanks group(count);
        for (int run = 0; run < 3; ++run) {
            std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
            group.run([&](LocalRanks::Rank& rank) {
                if (rank.count() == count) ++calls[static_cast<std::size_t>(rank.rank())];
            });
            for (const auto& each : calls) BOOST_TEST(each == 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_sum_has_the_bits_of_the_ranks_in_their_order) {
    for (const int count : {1, 2, 3, 4})
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{5000}, std::size_t{20'000}}) {
            std::vector<float> expected(size, 0.25f);
            for (int rank = 0; rank < count; ++rank)
                for (std::size_t i = 0; i < size; ++i) expected[i] += term_of(rank, i);
            LocalRanks group(count);
            std::atomic<int> same{0};
            group.run([&](LocalRanks::Rank& rank) {
                for (int call = 0; call < 3; ++call) {
                    std::vector<float> sum(size, rank.rank() == 0 ? 0.25f : 7.0f);
                    rank.sum_in_order(sum, [&](std::size_t first, std::size_t last) {
                        for (std::size_t i = first; i < last; ++i) sum[i] += term_of(rank.rank(), i);
                    });
                    same += sum == expected;
                }
            });
            BOOST_TEST(same == 3 * count);
        }
}

BOOST_AUTO_TEST_CASE(a_sum_in_a_tree_has_the_bits_of_its_definition) {
    for (const std::size_t count : {1u, 2u, 3u, 4u, 5u})
        for (const std::size_t size : {0u, 1u, 20'000u}) {
            LocalRanks group(static_cast<int>(count));
            for (const std::size_t groups : {1u, 2u, 4u, 5u, 7u, 8u, 13u})
                for (const auto& ends : laws::shares_of_groups(groups, count)) {
                    std::atomic<std::size_t> same{0};
                    group.run([&](LocalRanks::Rank& rank) {
                        for (int call = 0; call < 2; ++call) same += laws::sums_up_in_tree(rank, ends, size);
                    });
                    BOOST_TEST(same == 2 * count, groups << " groups of " << size << " on " << count << " ranks");
                }
        }
}

BOOST_AUTO_TEST_CASE(ranks_share_parts_of_any_size) {
    LocalRanks group(3);
    std::atomic<int> same{0};
    group.run([&](LocalRanks::Rank& rank) {
        for (int call = 0; call < 100; ++call) {
            const std::array<std::size_t, 3> ends{4, 4, 9};  // rank 1 has nothing
            std::array<std::byte, 9> all{};
            const auto own = static_cast<std::size_t>(rank.rank());
            for (std::size_t i = own > 0 ? ends[own - 1] : 0; i < ends[own]; ++i)
                all[i] = static_cast<std::byte>(static_cast<int>(i) + call);
            rank.share(all, ends);
            bool right = true;
            for (std::size_t i = 0; i < all.size(); ++i)
                right = right && all[i] == static_cast<std::byte>(static_cast<int>(i) + call);
            same += right;
        }
    });
    BOOST_TEST(same == 300);
}

BOOST_AUTO_TEST_CASE(a_sum_may_run_while_ranks_share) {
    LocalRanks group(3);
    std::atomic<int> same{0};
    group.run([&](LocalRanks::Rank& rank) {
        for (const std::size_t bytes : {0u, 7u, 5000u})
            same += laws::sums_up_while_it_shares(rank, laws::shares_of_groups(7, 3)[0], 5000, bytes);
    });
    BOOST_TEST(same == 9);
}

BOOST_AUTO_TEST_CASE(a_disagreement_is_named_on_every_rank) {
    LocalRanks group(4);
    group.run([](LocalRanks::Rank& rank) {
        const std::array<Agreed, 2> things{{{"lanes", 16}, {"seed", 3}}};
        rank.agree(things);
    });
    const auto errors = errors_of(group, [](LocalRanks::Rank& rank) {
        const std::array<Agreed, 3> things{
            {{"number of lanes", 16}, {"seed", rank.rank() % 2 == 1 ? 4u : 3u}, {"model", rank.rank() == 2 ? 0u : 1u}}};
        rank.agree(things);
    });
    for (const std::string& error : errors)
        BOOST_TEST(error ==
                   "kiln: ranks need the same seed, got another than that of rank 0 on rank 1, 3; the same model, got "
                   "another than that of rank 0 on rank 2; try one program, one set of files and one kind of machine "
                   "for all ranks");
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_rank_is_named_on_the_others_and_thrown_by_run) {
    LocalRanks group(3);
    const auto task = [](LocalRanks::Rank& rank) {
        meet(rank);
        if (rank.rank() == 1) throw std::logic_error("the disk is on fire");
        meet(rank);
    };
    const auto errors = errors_of(group, task);
    BOOST_TEST(errors[0] == "kiln: rank 1 has ended by an exception: the disk is on fire");
    BOOST_TEST(errors[1] == "the disk is on fire");
    BOOST_TEST(errors[2] == errors[0]);
    BOOST_CHECK_THROW(group.run(task), std::logic_error);
    group.run([](LocalRanks::Rank& rank) { meet(rank); });  // the group is as new
}

BOOST_AUTO_TEST_CASE(a_rank_that_returns_early_is_named) {
    LocalRanks group(3);
    const auto errors = errors_of(group, [](LocalRanks::Rank& rank) {
        meet(rank);
        std::array<float, 3> sum{};
        if (rank.rank() != 2) rank.sum_in_order(sum, [](std::size_t, std::size_t) {});
    });
    BOOST_TEST(errors[0] == "kiln: rank 2 has ended while other ranks wait for it");
    BOOST_TEST(errors[1] == errors[0]);
    BOOST_TEST(errors[2] == "");
}

BOOST_AUTO_TEST_CASE(a_rank_that_stays_silent_is_named_after_the_deadline) {
    LocalRanks group(4, {.deadline = 50ms});
    const auto errors = errors_of(group, [](LocalRanks::Rank& rank) {
        if (rank.rank() == 1) std::this_thread::sleep_for(300ms);
        std::array<float, 3> sum{};  // rank 0 waits for rank 3, rank 3 for rank 2, rank 2 for rank 1
        rank.sum_in_order(sum, [](std::size_t, std::size_t) {});
    });
    for (const std::string& error : errors)
        BOOST_TEST(error == "kiln: rank 1 has been silent for longer than the deadline");
}

BOOST_AUTO_TEST_CASE(ranks_out_of_step_are_an_error) {
    LocalRanks group(2);
    const auto errors = errors_of(group, [](LocalRanks::Rank& rank) {
        std::vector<float> sum(rank.rank() == 0 ? 10 : 20);
        rank.sum_in_order(sum, [](std::size_t, std::size_t) {});
    });
    for (const std::string& error : errors)
        BOOST_TEST(error ==
                   "kiln: operation 1 needs the same call on every rank, got a sum of 10 floats on rank 0 and a sum of "
                   "20 floats on rank 1; try the same steps on all ranks");
}

// As much of one thing as of another, and a sum without pieces, which waits for nobody before its end.
BOOST_AUTO_TEST_CASE(different_calls_of_ranks_are_an_error) {
    LocalRanks group(3);
    const auto errors = errors_of(group, [](LocalRanks::Rank& rank) {
        meet(rank);
        const std::array<Agreed, 3> things{{{"a", 1}, {"b", 2}, {"c", 3}}};
        std::array<std::byte, 3> all{};
        if (rank.rank() == 2)
            rank.share(all, std::array<std::size_t, 3>{1, 2, 3});
        else
            rank.agree(things);
    });
    for (std::size_t rank = 0; rank < 3; ++rank)
        BOOST_TEST((errors[rank] == errors[0] && errors[0].starts_with("kiln: operation 2 needs the same call") &&
                    errors[0].find("an agreement about 3 things on rank ") != std::string::npos &&
                    errors[0].find("a share of 3 bytes on rank 2;") != std::string::npos),
                   errors[rank]);
    const auto of_trees = errors_of(group, [](LocalRanks::Rank& rank) {
        std::vector<float> sum(5);
        if (rank.rank() == 1)
            rank.sum_in_tree(sum, std::array<std::size_t, 3>{0, 0, 1}, {});
        else
            rank.sum_in_order(sum, [](std::size_t, std::size_t) {});
    });
    for (std::size_t rank = 0; rank < 3; ++rank)
        BOOST_TEST((of_trees[rank] == of_trees[0] &&
                    of_trees[0].find("a sum of 5 floats in a tree on rank 1") != std::string::npos),
                   of_trees[rank]);
    const auto of_sums = errors_of(group, [](LocalRanks::Rank& rank) {
        if (rank.rank() == 1) return meet(rank);
        std::vector<float> sum(rank.rank() == 0 ? 0 : 5);
        rank.sum_in_order(sum, [](std::size_t, std::size_t) {});
    });
    for (const std::string& error : of_sums) BOOST_TEST(error.starts_with("kiln: operation 1 needs the same call"));
}

// The memory of a rank ends with its exception, while others may read it: the address sanitizer finds them.
BOOST_AUTO_TEST_CASE(a_rank_that_fails_waits_for_those_who_read_its_memory) {
    LocalRanks group(4, {.deadline = 1ms});  // three ranks read for longer than the first
    const auto errors = errors_of(group, [](LocalRanks::Rank& rank) {
        std::vector<Agreed> things(200'000, Agreed{"thing", 1});
        rank.agree(things);
    });
    for (const std::string& error : errors)
        BOOST_TEST((error.empty() || error.find("longer than the deadline") != std::string::npos), error);
}
BOOST_AUTO_TEST_CASE(a_rank_that_fails_waits_for_those_who_add_in_its_memory) {
    LocalRanks group(4, {.deadline = 1ms});
    const auto errors = errors_of(group, [](LocalRanks::Rank& rank) {
        std::vector<float> sum(3'000'000), node(sum.size());
        const std::array<std::span<float>, 1> nodes{node};
        rank.sum_in_tree(sum, std::array<std::size_t, 4>{1, 2, 3, 4}, nodes);
    });
    for (const std::string& error : errors)
        BOOST_TEST((error.empty() || error.find("longer than the deadline") != std::string::npos), error);
}
BOOST_AUTO_TEST_CASE(an_exception_of_terms_ends_all_ranks) {
    for (int run = 0; run < 30; ++run) {
        LocalRanks group(3);
        const auto errors = errors_of(group, [&](LocalRanks::Rank& rank) {
            std::vector<float> sum(200'000);
            rank.sum_in_order(sum, [&](std::size_t first, std::size_t) {
                if (rank.rank() == run % 3 && first > 50'000) throw std::logic_error("the terms are gone");
            });
        });
        for (int rank = 0; rank < 3; ++rank)
            BOOST_TEST(errors[static_cast<std::size_t>(rank)] ==
                       (rank == run % 3 ? "the terms are gone"
                                        : "kiln: rank " + std::to_string(run % 3) +
                                              " has ended by an exception: the terms are gone"));
    }
}

BOOST_AUTO_TEST_CASE(a_group_has_at_least_one_rank) { BOOST_CHECK_THROW(LocalRanks(0), RankError); }
