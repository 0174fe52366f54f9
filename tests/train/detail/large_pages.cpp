// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.detail.large_pages
#include <kiln/train/detail/large_pages.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

using kiln::detail::LargePages;

namespace {

struct Large {
    [[no_unique_address]] LargePages<Large> large_pages{this};
    std::byte memory[6 << 20];
};
static_assert(sizeof(Large) == 6 << 20);

struct Small {
    [[no_unique_address]] LargePages<Small> large_pages{this};
    int number = 7;
};
static_assert(Small{}.number == 7);  // a constant too

// Linux's flags of the memory at an address: " hg" is among them if large pages were asked for. Empty elsewhere.
std::string flags_of_memory(const void* address) {
    std::ifstream maps("/proc/self/smaps");
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    bool here = false;
    for (std::string line; std::getline(maps, line);) {
        std::istringstream words(line);
        std::uintptr_t begin = 0, end = 0;
        char dash = 0;
        if (words >> std::hex >> begin >> dash >> end && dash == '-') here = begin <= at && at < end;
        if (here && line.starts_with("VmFlags:")) return line;
    }
    return "";
}
bool has_large_pages() { return std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled").good(); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_large_object_asks_for_large_pages) {
    const std::unique_ptr<Large> large(new Large);  // make_unique would write to it first
    const std::string flags = flags_of_memory(large->memory + (3 << 20));
    if (has_large_pages() && !flags.empty()) BOOST_TEST(flags.find(" hg") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_small_object_does_not) {
    const std::unique_ptr<Small> small(new Small);
    BOOST_TEST(flags_of_memory(small.get()).find(" hg") == std::string::npos);
}
