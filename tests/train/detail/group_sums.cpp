// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.detail.group_sums
#include <kiln/train/detail/group_sums.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace kiln::detail;

namespace {

// The way in which the groups first … end - 1 are added, with brackets around each addition.
std::string words(int first, int end) {
    std::vector<std::string> value;
    for (int g = first; g < end; ++g) value.push_back(std::to_string(g));
    for (std::size_t stride = 1; stride < value.size(); stride *= 2)
        for (std::size_t g = 0; g + stride < value.size(); g += 2 * stride)
            value[g] = "(" + value[g] + "+" + value[g + stride] + ")";
    return value[0];
}
void add(std::string& to, const std::string& from) { to = "(" + to + "+" + from + ")"; }

}  // namespace

BOOST_AUTO_TEST_CASE(threads_add_up_groups_in_the_tree_of_their_number) {
    for (int all = 1; all < 40; ++all)
        for (int threads = 1; threads < 6; ++threads) {
            const int kept = most_kept((all + threads - 1) / threads);
            std::vector<std::string> records(static_cast<std::size_t>(threads * kept));
            const GroupSums<std::string> sums{records.data(), threads, kept, 0, all, all};
            for (int thread = 0; thread < threads; ++thread)
                sums.run(
                    thread, [](int group, std::string& record) { record = std::to_string(group); }, add);
            const auto nodes = sums.merge(add);
            BOOST_TEST(nodes.values().size() == 1u);
            BOOST_TEST(*nodes.values()[0] == words(0, all));
        }
}
BOOST_AUTO_TEST_CASE(nodes_of_a_rank_are_the_largest_that_it_has_all_groups_of) {
    std::vector<std::string> records(8);
    const auto nodes_of = [&](int first, int count, int all) {
        const GroupSums<std::string> sums{records.data(), 1, most_kept(count), first, count, all};
        sums.run(
            0, [](int group, std::string& record) { record = std::to_string(group); }, add);
        std::string nodes;
        const auto left = sums.merge(add);
        for (const std::string* node : left.values()) nodes += (nodes.empty() ? "" : " ") + *node;
        return nodes;
    };
    BOOST_TEST(nodes_of(0, 3, 8) == "(0+1) 2");
    BOOST_TEST(nodes_of(3, 5, 8) == "3 ((4+5)+(6+7))");
    BOOST_TEST(nodes_of(3, 4, 7) == "3 ((4+5)+6)");
    BOOST_TEST(nodes_of(3, 4, 9) == "3 (4+5) 6");
    BOOST_TEST(nodes_of(5, 1, 6) == "5");
    BOOST_TEST(nodes_of(4, 1, 5) == "4");
    BOOST_TEST(nodes_of(2, 0, 5) == "");
}
BOOST_AUTO_TEST_CASE(a_thread_keeps_few_sums_of_its_groups) {
    for (int groups = 1; groups < 40; ++groups) {
        std::vector<int> records(static_cast<std::size_t>(2 * groups));
        int most = 0;
        for (int all = groups; all < 2 * groups + 70; ++all)
            for (int first = 0; first + groups <= all; ++first)
                GroupSums<int>{records.data(), 1, 0, first, groups, all}.run(
                    0,
                    [&](int, const int& record) {
                        most = std::max(most, 1 + static_cast<int>(&record - records.data()));
                    },
                    [](int&, const int&) {});
        BOOST_TEST(most == most_kept(groups), groups);
    }
}
