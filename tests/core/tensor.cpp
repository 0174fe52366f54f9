// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.tensor
#define KILN_CHECKS 1
#include <kiln/core/lanes.hpp>
#include <kiln/core/tensor.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

namespace {

using kiln::argmax, kiln::Lanes, kiln::Shape, kiln::Tensor;

using Map = Tensor<float, Shape<2, 3, 4>>;

// ---- A plain aggregate: its elements and nothing else

static_assert(sizeof(Map) == 128 && Map::count == 24 && Map::size() == 24);
static_assert(std::is_aggregate_v<Map> && std::is_trivial_v<Map> && std::is_standard_layout_v<Map>);
static_assert(std::is_same_v<Map::Element, float> && std::is_same_v<Map::Dimensions, Shape<2, 3, 4>>);

// A cache line, once the elements fill one.
static_assert(alignof(Tensor<float, Shape<15>>) == alignof(float) && sizeof(Tensor<float, Shape<15>>) == 60);
static_assert(alignof(Tensor<float, Shape<16>>) == 64 && sizeof(Tensor<float, Shape<16>>) == 64);
static_assert(alignof(Tensor<float, Shape<17>>) == 64 && sizeof(Tensor<float, Shape<17>>) == 128);
static_assert(alignof(Tensor<double, Shape<8>>) == 64 && alignof(Tensor<std::uint8_t, Shape<1, 28, 28>>) == 64);
static_assert(alignof(Tensor<Lanes<float, 16>, Shape<3>>) == 64 && sizeof(Tensor<Lanes<float, 16>, Shape<3>>) == 192);
static_assert(alignof(Tensor<Lanes<float, 4>, Shape<3>>) == 16 && alignof(Tensor<Lanes<float, 4>, Shape<4>>) == 64);

// ---- Initialisation

constexpr bool is_zero(const Map& t) {
    for (const float x : t)
        if (x != 0) return false;
    return true;
}
static_assert(is_zero(Map{}));
static_assert(Tensor<float, Shape<2>>{0, 1}[1] == 1 && Tensor<int, Shape<2, 2>>{1, 2, 3}(1, 1) == 0);
static_assert(Tensor<Lanes<float, 2>, Shape<2>>{1.0f, 2.0f}[1].v[1] == 2);

// ---- Indices: row-major, the last dimension contiguous

constexpr Map counted = [] {
    Map t{};
    for (int i = 0; i < Map::count; ++i) t[i] = static_cast<float>(i);
    return t;
}();
static_assert(counted(0, 0, 0) == 0 && counted(0, 0, 1) == 1 && counted(0, 1, 0) == 4 && counted(1, 0, 0) == 12);
static_assert(counted(1, 2, 3) == 23 && counted[23] == 23);
static_assert(counted(short{1}, 2L, std::size_t{3}) == 23);
static_assert(counted.end() - counted.begin() == 24 && *counted.begin() == 0 && &counted[5] == counted.begin() + 5);

// A read outside a constant's elements is no constant expression, which the lambda tests.
template <auto Read>
concept Constant = requires {
    typename std::bool_constant<(Read(), true)>;
};
static_assert(Constant<[] { return counted[23]; }> && Constant<[] { return counted(1, 2, 3); }>);
static_assert(!Constant<[] { return counted[24]; }> && !Constant<[] { return counted[-1]; }>);
static_assert(!Constant<[] { return counted(0, 3, 0); }> && !Constant<[] { return counted(0, 0, -1); }>);

// ---- Equality, argmax

static_assert(counted == counted && counted != Map{});
static_assert(Tensor<int, Shape<2>>{1, 2} == Tensor<int, Shape<2>>{1, 2});
static_assert(Tensor<int, Shape<2>>{1, 2} != Tensor<int, Shape<2>>{1, 3});
static_assert(Tensor<float, Shape<1>>{0.0f} == Tensor<float, Shape<1>>{-0.0f});

static_assert(argmax(counted) == 23 && argmax(Map{}) == 0);
static_assert(argmax(Tensor<float, Shape<4>>{-3, -1, -2, -1}) == 1);
static_assert(argmax(Tensor<double, Shape<2, 2>>{0, 1, 7, 2}) == 2 && argmax(Tensor<int, Shape<1>>{-5}) == 0);

/// Whether a call ends the process by abort().
template <class Call>
bool aborts(Call call) {
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);  // Boost.Test would go on with the next test
        close(STDERR_FILENO);
        call();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace

BOOST_AUTO_TEST_CASE(elements_are_written_in_place) {
    Map t{};
    t(1, 0, 2) = 5;
    t[0] += 2;
    BOOST_TEST(t.data[14] == 5);
    BOOST_TEST(t(0, 0, 0) == 2);
    for (float& x : t) x *= 2;
    BOOST_TEST(std::accumulate(t.begin(), t.end(), 0.0f) == 14);
    const Map copy = t;
    BOOST_TEST((copy == t));
    t(1, 2, 3) = 1;
    BOOST_TEST((copy != t));
}

BOOST_AUTO_TEST_CASE(nan_equals_nothing_and_is_never_the_largest_of_more) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const Tensor<float, Shape<3>> t{1, nan, 2};
    BOOST_TEST((t != t));
    BOOST_TEST(argmax(t) == 2);
}

BOOST_AUTO_TEST_CASE(an_index_outside_stops_a_checked_build) {
    volatile int inside = 3, outside = 4;
    Map t{};
    BOOST_TEST(!aborts([&] { t(1, 2, inside) = 1; }));
    BOOST_TEST(aborts([&] { t(1, 1, outside) = 1; }));  // elsewhere in the tensor, but not where it was meant
    BOOST_TEST(aborts([&] { t(outside, 0, 0) = 1; }));
    BOOST_TEST(aborts([&] { t[6 * outside] = 1; }));
    BOOST_TEST(aborts([&] { t[-inside] = 1; }));
}
