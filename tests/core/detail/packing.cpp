// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.detail.packing
#include <kiln/core/detail/packing.hpp>
#include <kiln/core/random.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>

using namespace kiln;
using kiln::detail::Lifetime;
using kiln::detail::pack;

namespace {

constexpr int times = 12;

// The bytes at work at one time are marked one by one: a second mark on a byte is an overlap.
template <std::size_t N>
constexpr bool values_alive_at_once_overlap(const std::array<Lifetime, N>& values) {
    const auto packing = pack(values);
    for (int time = 0; time < times; ++time) {
        std::array<bool, 4096> taken{};
        for (std::size_t i = 0; i < N; ++i) {
            const Lifetime& value = values[i];
            const bool alive = (value.begin <= time && time <= value.end) || time == value.again;
            for (std::size_t byte = 0; alive && byte < value.size; ++byte) {
                bool& mark = taken[packing.offset[i] + byte];
                if (mark || packing.offset[i] + value.size > packing.bytes) return true;
                mark = true;
            }
        }
    }
    return false;
}

// ---- Packings that are known ----

// One after the other, they share the first bytes.
constexpr std::array<Lifetime, 3> in_a_row{{{64, 0, 1}, {192, 2, 3}, {128, 4, 5}}};
static_assert(pack(in_a_row).bytes == 192 && pack(in_a_row).lower_bound == 192);
static_assert(pack(in_a_row).offset == std::array<std::size_t, 3>{0, 0, 0});

// An end and a beginning at one time meet: a layer reads the one while it writes the other.
constexpr std::array<Lifetime, 3> chain{{{64, 0, 1}, {64, 1, 2}, {64, 2, 3}}};
static_assert(pack(chain).bytes == 128 && pack(chain).lower_bound == 128);

// All at once.
constexpr std::array<Lifetime, 3> together{{{64, 0, 5}, {192, 2, 3}, {128, 3, 4}}};
static_assert(pack(together).bytes == 384 && pack(together).lower_bound == 384);

// Working memory is alive at two times, and not between them.
constexpr std::array<Lifetime, 3> working{{{128, 0, 0, 5}, {64, 2, 3}, {256, 1, 4}}};
static_assert(pack(working).bytes == 320 && pack(working).lower_bound == 320);
constexpr std::array<Lifetime, 2> meets_again{{{128, 0, 0, 5}, {64, 4, 5}}};
static_assert(pack(meets_again).bytes == 192 && pack(meets_again).lower_bound == 192);
constexpr std::array<Lifetime, 2> both_again{{{128, 0, 0, 5}, {64, 1, 1, 5}}};
static_assert(pack(both_again).bytes == 192 && pack(both_again).lower_bound == 192);
constexpr std::array<Lifetime, 2> never_meet{{{128, 0, 0, 5}, {64, 1, 1, 4}}};
static_assert(pack(never_meet).bytes == 128 && pack(never_meet).lower_bound == 128);

// A U-Net in inference: value 0 is alive from the way down to the end of the way up. Largest first, it would lie on top of
// working memory: 157,952 bytes, not 124,224.
constexpr std::array<Lifetime, 15> skip{{{25088, 0, 7},
                                         {12544, 1, 4},
                                         {3136, 2, 3},
                                         {12544, 3, 4},
                                         {25088, 4, 5},
                                         {12544, 5, 6},
                                         {25088, 6, 7},
                                         {50176, 7, 8},
                                         {3648, 0, 0},
                                         {28800, 1, 1},
                                         {16384, 2, 2},
                                         {18496, 3, 3},
                                         {32768, 5, 5},
                                         {61504, 6, 6},
                                         {57600, 8, 8}}};
static_assert(pack(skip).bytes == 124'224 && pack(skip).lower_bound == 124'224);

// Many values, as of 40 residual blocks, within the steps that compilers take for a constant.
constexpr std::array<Lifetime, 200> many = [] {
    std::array<Lifetime, 200> values{};
    for (int i = 0; i < 200; ++i)
        values[static_cast<std::size_t>(i)] = {64u * static_cast<unsigned>(1 + i % 3), i, i + (i % 5 == 0 ? 5 : 1),
                                               400 - i};
    return values;
}();
constexpr auto packed = pack(many);
static_assert(packed.bytes >= packed.lower_bound && packed.bytes < 2 * packed.lower_bound);

// Nothing, and values without bytes, take one line of memory.
static_assert(pack(std::array<Lifetime, 0>{}).bytes == 64 && pack(std::array<Lifetime, 1>{{{0, 0, 9}}}).bytes == 64);

// Ten values at random times, half of them alive once more later.
constexpr std::array<Lifetime, 10> random_lifetimes(Random& random) {
    std::array<Lifetime, 10> values{};
    for (Lifetime& value : values) {
        value.size = 64 * static_cast<std::size_t>(random.below(5));
        value.begin = random.below(times);
        value.end = value.begin + random.below(times - value.begin);
        if (value.end + 1 < times && random.below(2) == 0)
            value.again = value.end + 1 + random.below(times - value.end - 1);
    }
    return values;
}

}  // namespace

BOOST_AUTO_TEST_CASE(values_that_are_alive_at_once_never_overlap) {
    BOOST_TEST(!values_alive_at_once_overlap(in_a_row));
    BOOST_TEST(!values_alive_at_once_overlap(together));
    BOOST_TEST(!values_alive_at_once_overlap(working));
    Random random{Seed{1}};
    for (int i = 0; i < 2000; ++i) BOOST_REQUIRE(!values_alive_at_once_overlap(random_lifetimes(random)));
}

BOOST_AUTO_TEST_CASE(the_lower_bound_is_the_largest_sum_at_one_time) {
    Random random{Seed{2}};
    int reached = 0;
    for (int i = 0; i < 2000; ++i) {
        const std::array<Lifetime, 10> values = random_lifetimes(random);
        std::size_t largest = 0, all = 0;
        for (int time = 0; time < times; ++time) {
            std::size_t sum = 0;
            for (const Lifetime& value : values)
                if ((value.begin <= time && time <= value.end) || time == value.again) sum += value.size;
            largest = sum > largest ? sum : largest;
        }
        for (const Lifetime& value : values) all += value.size;
        const auto packing = pack(values);
        BOOST_REQUIRE(packing.lower_bound == largest);
        BOOST_REQUIRE(packing.bytes >= largest);
        BOOST_REQUIRE(packing.bytes <= (all > 64 ? all : 64));
        reached += packing.bytes == largest;
    }
    BOOST_TEST(reached > 1600);  // a try or several are not optimal, but mostly get there
    BOOST_TEST_MESSAGE(reached << " of 2000 at the lower bound");
}
