// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.random
#include <kiln/core/random.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using kiln::hash, kiln::Permutation, kiln::Random, kiln::Seed;

static_assert(sizeof(Random) == 8 && std::is_trivially_copyable_v<Random> && std::is_trivially_copyable_v<Permutation>);
static_assert(Seed{}.value == 0);

/// The number of standard deviations that chi^2 is above its mean, if all counts are expected to be equal.
double surprise(const std::vector<long long>& counts) {
    const double expected =
        static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0LL)) / static_cast<double>(counts.size());
    double chi = 0;
    for (const long long count : counts) {
        const double difference = static_cast<double>(count) - expected;
        chi += difference * difference / expected;
    }
    const auto freedom = static_cast<double>(counts.size() - 1);
    return (chi - freedom) / std::sqrt(2 * freedom);
}
// One in ten million for a normal distribution; seeds are fixed, so a test that passes once always does.
constexpr double unlikely = 5.2;

std::vector<int> in_order(int n, std::uint64_t key) {
    const Permutation permutation(n, key);
    std::vector<int> result;
    for (int i = 0; i < n; ++i) result.push_back(permutation(i));
    return result;
}

constexpr bool is_bijection(int n, std::uint64_t key) {
    std::array<bool, 512> seen{};
    const Permutation permutation(n, key);
    for (int i = 0; i < n; ++i) {
        const int place = permutation(i);
        if (place < 0 || place >= n || seen[static_cast<std::size_t>(place)]) return false;
        seen[static_cast<std::size_t>(place)] = true;
    }
    return true;
}

constexpr std::uint64_t bits_at(Seed seed, int index) {
    Random random(seed);
    for (int i = 0; i < index; ++i) random.bits();
    return random.bits();
}

}  // namespace

// Published outputs of splitmix64.c for the seed 1234567.
BOOST_AUTO_TEST_CASE(bits_are_those_of_splitmix64) {
    constexpr std::array<std::uint64_t, 5> published{6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                                     4593380528125082431u, 16408922859458223821u};
    constexpr auto ours = [] {
        Random random(Seed{1234567});
        std::array<std::uint64_t, 5> bits{};
        for (auto& value : bits) value = random.bits();
        return bits;
    }();
    static_assert(ours == published);
    BOOST_TEST(bits_at(Seed{1234567}, 4) == published[4]);
}

BOOST_AUTO_TEST_CASE(hash_reaches_every_number_of_every_sequence) {
    static_assert(hash(1234567, 2, 0) == bits_at(Seed{9817491932198370423u}, 0));
    static_assert(hash(1234567, 2) == hash(1234567, 2, 0));
    for (const std::uint64_t key : {std::uint64_t{0}, std::uint64_t{42}, ~std::uint64_t{0}})
        for (int a = 0; a < 10; ++a)
            for (int b = 0; b < 10; ++b)
                BOOST_TEST(hash(key, static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)) ==
                           bits_at(Seed{bits_at(Seed{key}, a)}, b));
}

BOOST_AUTO_TEST_CASE(hashes_of_neighbours_share_half_their_bits) {
    std::set<std::uint64_t> all;
    std::vector<long long> ones(64);
    for (std::uint64_t key = 0; key < 10; ++key)
        for (std::uint64_t a = 0; a < 100; ++a)
            for (std::uint64_t b = 0; b < 100; ++b) {
                const std::uint64_t value = hash(key, a, b);
                all.insert(value);
                for (std::size_t bit = 0; bit < 64; ++bit) {
                    ones[bit] += (value ^ hash(key + 1, a, b)) >> bit & 1;
                    ones[bit] += (value ^ hash(key, a + 1, b)) >> bit & 1;
                    ones[bit] += (value ^ hash(key, a, b + 1)) >> bit & 1;
                }
            }
    BOOST_TEST(all.size() == 100'000u);
    for (const long long count : ones) BOOST_TEST(std::abs(count - 150'000) < unlikely * std::sqrt(75'000));
}

BOOST_AUTO_TEST_CASE(uniform_is_uniform_in_steps_of_2_to_the_minus_24) {
    Random random(Seed{1});
    std::vector<long long> bins(1000), pairs(1024);
    float before = 0;
    double product = 0;
    constexpr int count = 1'000'000;
    for (int i = 0; i < count; ++i) {
        const float x = random.uniform();
        BOOST_REQUIRE((x >= 0 && x < 1 && x * 0x1p24f == std::floor(x * 0x1p24f)));
        ++bins[static_cast<std::size_t>(x * 1000)];
        ++pairs[static_cast<std::size_t>(x * 32) * 32 + static_cast<std::size_t>(before * 32)];
        product += (x - 0.5) * (before - 0.5);
        before = x;
    }
    BOOST_TEST(std::abs(surprise(bins)) < unlikely);
    BOOST_TEST(std::abs(surprise(pairs)) < unlikely);
    BOOST_TEST(std::abs(product / count * 12) < unlikely / std::sqrt(count));
}

BOOST_AUTO_TEST_CASE(uniform_stays_between_its_bounds) {
    Random random(Seed{2});
    for (int i = 0; i < 100'000; ++i) {
        const float small = random.uniform(-0.03f, 0.05f), large = random.uniform(-1e38f, 2e38f);
        const float narrow = random.uniform(1.0f, 1.0f + 0x1p-23f);
        BOOST_REQUIRE((small >= -0.03f && small <= 0.05f && large >= -1e38f && large <= 2e38f));
        BOOST_REQUIRE((narrow >= 1.0f && narrow <= 1.0f + 0x1p-23f));
    }
    BOOST_TEST(random.uniform(3, 3) == 3);
}

BOOST_AUTO_TEST_CASE(below_reaches_every_number_equally) {
    for (const int n : {1, 2, 3, 6, 10, 100, 1000}) {
        Random random(Seed{3});
        std::vector<long long> counts(static_cast<std::size_t>(n));
        for (int i = 0; i < 1000 * n; ++i) {
            const int value = random.below(n);
            BOOST_REQUIRE((value >= 0 && value < n));
            ++counts[static_cast<std::size_t>(value)];
        }
        if (n > 1) BOOST_TEST(std::abs(surprise(counts)) < unlikely, "below(" << n << ")");
    }
    // 2^32 is 8/3 of this n: without rejection every third number would come a third less often.
    Random random(Seed{4});
    std::vector<long long> thirds(3);
    for (int i = 0; i < 300'000; ++i) ++thirds[static_cast<std::size_t>(random.below(3 << 29)) % 3];
    BOOST_TEST(std::abs(surprise(thirds)) < unlikely);
    BOOST_TEST(random.below(std::numeric_limits<int>::max()) >= 0);
}

BOOST_AUTO_TEST_CASE(normal_is_normal) {
    Random random(Seed{5});
    constexpr int count = 2'000'000;
    double sum = 0, squares = 0, fourths = 0, product = 0, before = 0;
    std::vector<long long> quantiles(500);
    for (int i = 0; i < count; ++i) {
        const double x = random.normal();
        sum += x;
        squares += x * x;
        fourths += x * x * x * x;
        product += x * before;
        before = x;
        ++quantiles[static_cast<std::size_t>(500 * (0.5 * std::erfc(-x / std::sqrt(2.0))))];
    }
    const double root = std::sqrt(count);
    BOOST_TEST(std::abs(sum / count) < unlikely / root);
    BOOST_TEST(std::abs(squares / count - 1) < unlikely * std::sqrt(2.0) / root);
    BOOST_TEST(std::abs(fourths / count - 3) < unlikely * std::sqrt(96.0) / root);
    BOOST_TEST(std::abs(product / count) < unlikely / root);
    BOOST_TEST(std::abs(surprise(quantiles)) < unlikely);
}

// The numbers are the same on every compiler, with contraction or without: constants, and a checksum over run time's
// numbers.
BOOST_AUTO_TEST_CASE(numbers_are_the_same_everywhere) {
    constexpr auto numbers = [] {
        Random random(Seed{6});
        return std::array<float, 4>{random.uniform(), random.uniform(-0.1f, 0.3f), random.normal(), random.normal()};
    }();
    static_assert(numbers == std::array<float, 4>{0x1.7ac94ap-1f, 0x1.41a3eep-4f, -0x1.0b841p-1f, -0x1.b4af4ep-1f});
    Random random(Seed{6});
    std::uint64_t uniforms = 0, normals = 0;
    for (int i = 0; i < 100'000; ++i) {
        uniforms = hash(uniforms, kiln::bit_cast<std::uint32_t>(random.uniform(-0.1f, 0.3f)));
        normals = hash(normals, kiln::bit_cast<std::uint32_t>(random.normal()));
    }
    BOOST_TEST(uniforms == 0xed8d78097318390du);
    BOOST_TEST(normals == 0x5bb9e56c8700609eu);
    BOOST_TEST((in_order(10, 7) == std::vector{1, 8, 7, 2, 0, 4, 9, 3, 6, 5}));
}

BOOST_AUTO_TEST_CASE(a_permutation_holds_every_number_once) {
    static_assert(is_bijection(1, 0) && is_bijection(2, 1) && is_bijection(17, 2) && is_bijection(100, 3));
    for (int n = 1; n <= 300; ++n)
        for (std::uint64_t key = 0; key < 20; ++key) BOOST_TEST(is_bijection(n, key), n << " places, key " << key);
    for (const int n : {60'000, 1 << 16, (1 << 16) + 1}) {
        std::vector<int> order = in_order(n, 42), all(static_cast<std::size_t>(n));
        std::sort(order.begin(), order.end());
        std::iota(all.begin(), all.end(), 0);
        BOOST_TEST((order == all));
    }
    constexpr int most = std::numeric_limits<int>::max();
    const Permutation longest(most, 1);
    std::set<int> some;
    for (int i = 0; i < 10'000; ++i) some.insert(longest(most - 1 - i));
    BOOST_TEST(some.size() == 10'000u);
    BOOST_TEST(*some.begin() >= 0);
    BOOST_TEST(*some.rbegin() < most);
}

BOOST_AUTO_TEST_CASE(every_order_of_a_few_is_equally_likely) {
    std::size_t orders = 1;
    for (int n = 2; n <= 7; ++n) {
        orders *= static_cast<std::size_t>(n);
        std::map<std::vector<int>, long long> seen;
        for (std::uint64_t key = 0; key < 100 * orders; ++key) ++seen[in_order(n, key)];
        BOOST_TEST(seen.size() == orders);
        std::vector<long long> counts;
        for (const auto& [order, count] : seen) counts.push_back(count);
        BOOST_TEST(std::abs(surprise(counts)) < unlikely, n << " places");
    }
}

// The places of two numbers, over many keys: all pairs of different places are equally likely.
BOOST_AUTO_TEST_CASE(pairs_of_places_are_independent) {
    for (const int n : {8, 16, 17, 33, 64}) {
        std::map<std::pair<int, int>, long long> seen;
        for (std::uint64_t key = 0; key < static_cast<std::uint64_t>(100 * n * (n - 1)); ++key) {
            const Permutation permutation(n, key);
            ++seen[{permutation(n / 3), permutation(n / 3 + 1)}];
        }
        std::vector<long long> counts(static_cast<std::size_t>(n * (n - 1)));
        std::size_t next = 0;
        for (const auto& [pair, count] : seen) counts.at(next++) = count;
        BOOST_TEST(std::abs(surprise(counts)) < unlikely, n << " places");
    }
}

BOOST_AUTO_TEST_CASE(a_data_set_is_well_shuffled) {
    constexpr int n = 60'000;
    const std::vector<int> order = in_order(n, 1), other = in_order(n, 2);
    double displacement = 0, correlation = 0;
    int fixed = 0, equal = 0, rising = 0;
    std::vector<long long> steps(100), tenths(100);
    for (int i = 0; i < n; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const int next = order[(at + 1) % order.size()];
        displacement += std::abs(order[at] - i);
        correlation += (order[at] - (n - 1) / 2.0) * (next - (n - 1) / 2.0);
        fixed += order[at] == i;
        equal += order[at] == other[at];
        rising += order[at] < next;
        ++steps[static_cast<std::size_t>((next - order[at] + n) % n / (n / 100))];
        ++tenths[static_cast<std::size_t>(i / (n / 10) * 10 + order[at] / (n / 10))];
    }
    const double root = std::sqrt(n);
    BOOST_TEST(std::abs(displacement / n / (n / 3.0) - 1) < unlikely * std::sqrt(0.5) / root);
    BOOST_TEST(std::abs(correlation / n / (n / 12.0 * n)) < unlikely / root);
    BOOST_TEST(fixed < 10);  // on average 1
    BOOST_TEST(equal < 10);
    BOOST_TEST(std::abs(rising / (n / 2.0) - 1) < unlikely / root);
    BOOST_TEST(std::abs(surprise(steps)) < unlikely);
    BOOST_TEST(std::abs(surprise(tenths)) < unlikely);
}
