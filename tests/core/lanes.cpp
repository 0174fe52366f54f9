// SPDX-License-Identifier: BSL-1.0
// flags: -ffp-contract=off
#define BOOST_TEST_MODULE core.lanes
#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using kiln::bit_cast, kiln::Lanes, kiln::scalar_t, kiln::width;

using Packs = std::tuple<Lanes<float, 1>, Lanes<float, 4>, Lanes<float, 8>, Lanes<float, 16>, Lanes<float, 32>,
                         Lanes<double, 1>, Lanes<double, 8>, Lanes<double, 32>>;
using Scalars = std::tuple<float, double>;
using IntegerPacks = std::tuple<Lanes<std::int32_t, 1>, Lanes<std::int32_t, 16>, Lanes<std::int32_t, 32>,
                                Lanes<std::int64_t, 1>, Lanes<std::int64_t, 32>>;

// ---- Sizes, alignments, types

static_assert(sizeof(Lanes<float, 1>) == 4 && alignof(Lanes<float, 1>) == 4);
static_assert(sizeof(Lanes<float, 8>) == 32 && alignof(Lanes<float, 8>) == 32);
static_assert(sizeof(Lanes<float, 16>) == 64 && alignof(Lanes<float, 16>) == 64);
static_assert(sizeof(Lanes<double, 32>) == 256 && alignof(Lanes<double, 32>) == 64);
static_assert(sizeof(Lanes<float, 16>[3]) == 192);
static_assert(std::is_trivially_copyable_v<Lanes<float, 16>> && std::is_trivial_v<Lanes<float, 16>>);
static_assert(Lanes<float, 64>::part * 4 == kiln::native_bytes && Lanes<float, 2>::part == 2);
static_assert(kiln::native_lanes * 4 == kiln::native_bytes && kiln::native_registers >= 8);

static_assert(width<float> == 1 && width<Lanes<float, 1>> == 1 && width<Lanes<double, 8>> == 8);
static_assert(std::is_same_v<scalar_t<double>, double> && std::is_same_v<scalar_t<Lanes<float, 4>>, float>);
static_assert(std::is_same_v<Lanes<float, 4>::Mask, Lanes<std::int32_t, 4>>);
static_assert(std::is_same_v<Lanes<double, 4>::Mask, Lanes<std::int64_t, 4>>);
static_assert(kiln::RealScalar<float> && kiln::RealScalar<double> && !kiln::RealScalar<int>);

static_assert((Lanes<float, 2>(1.0f) > Lanes<float, 2>(0.0f)).v[1] == -1);
static_assert((Lanes<double, 2>(1.0) < Lanes<double, 2>(0.0)).v[1] == 0);

// ---- What the tests compare

template <class T>
constexpr bool same(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
        return a == b;
    } else {
        using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
        return (a != a && b != b) || bit_cast<Bits>(a) == bit_cast<Bits>(b);
    }
}

// The same value, but the compiler cannot know.
template <class T>
T opaque(T x) {
    volatile T y = x;
    return y;
}

// Value i of a list with everything that is special; `shift` pairs each with every other.
template <class T>
constexpr T value(int i) {
    if constexpr (std::is_integral_v<T>) {
        constexpr T values[] = {0, 1, -1, 2, 77, -300, 12345, -5432};
        return values[i % 8];
    } else {
        using Limits = std::numeric_limits<T>;
        constexpr T values[] = {T(0),
                                T(-0.0),
                                T(1),
                                T(-1),
                                Limits::infinity(),
                                -Limits::infinity(),
                                Limits::quiet_NaN(),
                                Limits::min(),
                                T(1.5),
                                T(-7),
                                T(1) / T(3),
                                T(1000)};
        return values[i % 12];
    }
}
template <class E>
[[gnu::noinline]] E pack(int first) {
    E x;
    for (int l = 0; l < width<E>; ++l) x.v[l] = opaque(value<scalar_t<E>>(first + l));
    return x;
}

// Whether an operation on packs is, in every lane, the operation on scalars.
template <class E, class OnPacks, class OnScalars>
bool lane_by_lane(OnPacks on_packs, OnScalars on_scalars) {
    using T = scalar_t<E>;
    for (int i = 0; i < 12; ++i)
        for (int k = 0; k < 12; ++k) {
            const E a = pack<E>(i), b = pack<E>(i + k), c = pack<E>(2 * k);
            const auto y = on_packs(a, b, c);
            for (int l = 0; l < width<E>; ++l) {
                const auto expected = on_scalars(opaque(T(a.v[l])), opaque(T(b.v[l])), opaque(T(c.v[l])));
                if constexpr (std::is_same_v<decltype(expected), const bool>) {
                    if (y.v[l] != (expected ? -1 : 0)) return false;
                } else {
                    if (!same<T>(y.v[l], expected)) return false;
                }
            }
        }
    return true;
}
// Every operation, for constants. Not inlined: g++ with sanitizers takes minutes for large functions.
constexpr int operations = 14;
template <int Which, class E>
[[gnu::noinline]] constexpr E operation(const E& a, const E& b, const E& c) {
    if constexpr (Which == 0) return a + b;
    if constexpr (Which == 1) return a - b;
    if constexpr (Which == 2) return a * b;
    if constexpr (Which == 3) return a / b;
    if constexpr (Which == 4) return -a;
    if constexpr (Which == 5) return fma(a, b, c);
    if constexpr (Which == 6) return max(a, b);
    if constexpr (Which == 7) return min(a, b);
    if constexpr (Which == 8) return select(a > b, a, c);
    if constexpr (Which == 9) return select(a <= b, b, c);
    if constexpr (Which == 10) return select(a == b, a, select(a < c, -c, a));
    if constexpr (Which == 11) return select(a >= b, E(scalar_t<E>(2)), b);
    if constexpr (Which == 12) return E(reduce(a));
    if constexpr (Which == 13) {
        using Integer = typename E::Integer;
        const auto x = bit_cast<Integer>(a), y = bit_cast<Integer>(b), z = bit_cast<Integer>(c);
        return bit_cast<scalar_t<E>>((x & ~y) | (z >> 3) | (y << 2));
    }
}
template <class E, int... Which>
constexpr std::array<E, operations> every(const scalar_t<E>* from, std::integer_sequence<int, Which...>) {
    const E a = E::load(from), b = E::load(from + 1), c(from[2]);
    return {operation<Which>(a, b, c)...};
}
template <class E>
constexpr std::array<E, operations> every(const scalar_t<E>* from) {
    return every<E>(from, std::make_integer_sequence<int, operations>{});
}
template <class T, int L>
constexpr std::array<T, L + 2> plain = [] {
    std::array<T, L + 2> x{};
    for (int i = 0; i < L + 2; ++i) x[static_cast<std::size_t>(i)] = (i % 2 == 0 ? T(1) : T(-1)) / T(3 + i * i % 7);
    return x;
}();
template <class E>
constexpr auto constants = every<E>(plain<scalar_t<E>, width<E>>.data());

// reduce adds lane i of the upper half to lane i of the lower half, first of all.
template <class T>
T halves(std::vector<T> x) {
    for (; x.size() > 1; x.resize(x.size() / 2))
        for (std::size_t i = 0; i < x.size() / 2; ++i) x[i] = x[i] + x[i + x.size() / 2];
    return x[0];
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(arithmetic_is_lane_by_lane, E, Packs) {
    const auto check = [](auto operation) { return lane_by_lane<E>(operation, operation); };
    BOOST_TEST(check([](auto a, auto b, auto) { return a + b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a - b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a * b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a / b; }));
    BOOST_TEST(check([](auto a, auto, auto) { return -a; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a += b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a -= b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a *= b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a /= b; }));
    BOOST_TEST(check([](auto a, auto b, auto c) {
        using kiln::fma;
        return fma(a, b, c);
    }));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(larger_and_smaller_treat_nan_and_zeros_as_the_scalar_does, E, Packs) {
    const auto check = [](auto operation) { return lane_by_lane<E>(operation, operation); };
    BOOST_TEST(check([](auto a, auto b, auto) {
        using kiln::max;
        return max(a, b);
    }));
    BOOST_TEST(check([](auto a, auto b, auto) {
        using kiln::min;
        return min(a, b);
    }));
    // A NaN as the first argument is dropped, as the second it stays; of two equal arguments the second is returned.
    using T = scalar_t<E>;
    const E nan(opaque(std::numeric_limits<T>::quiet_NaN())), one(opaque(T(1))), zero(opaque(T(0)));
    BOOST_TEST(max(nan, one).v[0] == 1);
    BOOST_TEST(std::isnan(max(one, nan).v[0]));
    BOOST_TEST(min(nan, one).v[0] == 1);
    BOOST_TEST(std::isnan(min(one, nan).v[0]));
    BOOST_TEST(std::signbit(max(zero, -zero).v[0]));
    BOOST_TEST(!std::signbit(min(-zero, zero).v[0]));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(comparisons_set_all_bits_of_a_lane_or_none, E, Packs) {
    const auto check = [](auto operation) { return lane_by_lane<E>(operation, operation); };
    BOOST_TEST(check([](auto a, auto b, auto) { return a > b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a < b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a >= b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a <= b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a == b; }));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(select_takes_the_first_where_the_mask_is_set, E, Packs) {
    const auto operation = [](auto a, auto b, auto c) {
        using kiln::select;
        return select(a > b, b, c);
    };
    BOOST_TEST(lane_by_lane<E>(operation, operation));
    for (int chosen = 0; chosen < width<E>; ++chosen) {
        typename E::Mask mask(0);
        mask.v[chosen] = -1;
        const E y = select(mask, E(1), E(2));
        for (int l = 0; l < width<E>; ++l) BOOST_TEST(y.v[l] == (l == chosen ? 1 : 2));
    }
}

// Not with masks of the same two packs: g++ 12 takes (a > b) & (a < b) for a > b if either mask is used again. Its pass
// reassoc then changes the shared comparison; clang and -fno-tree-reassoc are right.
BOOST_AUTO_TEST_CASE_TEMPLATE(masks_combine_as_bits, E, Packs) {
    const E a = pack<E>(0), b = pack<E>(5);
    const auto above = a > b, unit = a == E(1), both = above & unit, any = above | unit, not_above = ~above;
    for (int l = 0; l < width<E>; ++l) {
        BOOST_TEST(both.v[l] == (a.v[l] > b.v[l] && a.v[l] == 1 ? -1 : 0));
        BOOST_TEST(any.v[l] == (a.v[l] > b.v[l] || a.v[l] == 1 ? -1 : 0));
        BOOST_TEST(not_above.v[l] == (a.v[l] > b.v[l] ? 0 : -1));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(integers_are_lane_by_lane, E, IntegerPacks) {
    const auto check = [](auto operation) { return lane_by_lane<E>(operation, operation); };
    BOOST_TEST(check([](auto a, auto b, auto) { return a + b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a - b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a * b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a & b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a | b; }));
    BOOST_TEST(check([](auto a, auto, auto) { return ~a; }));
    BOOST_TEST(check([](auto a, auto, auto) { return a << 5; }));
    BOOST_TEST(check([](auto a, auto, auto) { return a >> 3; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a > b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a <= b; }));
    BOOST_TEST(check([](auto a, auto b, auto) { return a == b; }));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_scalar_fills_every_lane, E, Packs) {
    using T = scalar_t<E>;
    for (int i = 0; i < 12; ++i) {
        const E x = opaque(value<T>(i));
        for (int l = 0; l < width<E>; ++l) BOOST_TEST(same(x.v[l], value<T>(i)));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(loads_and_stores_need_no_alignment, E, Packs) {
    using T = scalar_t<E>;
    constexpr int lanes = width<E>;
    std::vector<T> from(3 * static_cast<std::size_t>(lanes) + 8), to(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i) + T(0.5);
    for (int offset = 0; offset < lanes + 4; ++offset) {
        const E x = E::load(from.data() + offset);
        for (int l = 0; l < lanes; ++l) BOOST_REQUIRE(x.v[l] == static_cast<T>(offset + l) + T(0.5));
        std::fill(to.begin(), to.end(), T(-1));
        x.store(to.data() + offset);
        for (int i = 0; i < static_cast<int>(to.size()); ++i) {
            const bool inside = i >= offset && i < offset + lanes;
            BOOST_REQUIRE(to[static_cast<std::size_t>(i)] == (inside ? static_cast<T>(i) + T(0.5) : T(-1)));
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(reduce_adds_halves_whatever_the_machine, E, Packs) {
    using T = scalar_t<E>;
    for (int seed = 1; seed < 100; ++seed) {
        E x;
        for (int l = 0; l < width<E>; ++l)
            x.v[l] = opaque(T(seed * (l % 5 - 2)) / T(3 * l + 1) * (l % 7 == 3 ? T(1e6) : T(1)));
        BOOST_TEST(same(reduce(x), halves(std::vector<T>(x.v, x.v + width<E>))));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lanes_are_read_and_set_one_by_one, E, Packs) {
    using T = scalar_t<E>;
    E x(T(0));
    for (int l = 0; l < width<E>; ++l) set_lane(x, l, T(l + 1));
    for (int l = 0; l < width<E>; ++l) BOOST_REQUIRE(lane(x, l) == T(l + 1));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bits_survive_a_cast_to_integers_and_back, E, Packs) {
    using T = scalar_t<E>;
    const E x = pack<E>(0);
    const auto bits = bit_cast<typename E::Integer>(x);
    static_assert(std::is_same_v<decltype(bits), const typename E::Mask>);
    for (int l = 0; l < width<E>; ++l) BOOST_TEST(bits.v[l] == bit_cast<typename E::Integer>(x.v[l]));
    const E back = bit_cast<T>(bits);
    for (int l = 0; l < width<E>; ++l) BOOST_TEST(same(back.v[l], x.v[l]));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(equal_lanes_finds_an_index, E, Packs) {
    std::array<int, static_cast<std::size_t>(width<E>)> index{};
    for (std::size_t l = 0; l < index.size(); ++l) index[l] = opaque(static_cast<int>(l * l % 5) - 1);
    for (int wanted = -2; wanted < 5; ++wanted) {
        using kiln::select;
        const E y = select(kiln::equal_lanes<E>(index, wanted), E(1), E(0));
        for (int l = 0; l < width<E>; ++l) BOOST_TEST(y.v[l] == (index[static_cast<std::size_t>(l)] == wanted ? 1 : 0));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(halves_join_to_the_whole, E, Packs) {
    const E x = pack<E>(1), y = pack<E>(4);
    const Lanes<scalar_t<E>, 2 * width<E>> whole = join(x, y);
    for (int l = 0; l < width<E>; ++l) {
        BOOST_TEST(same(whole.v[l], x.v[l]));
        BOOST_TEST(same(whole.v[l + width<E>], y.v[l]));
        BOOST_TEST(same(lower_half(whole).v[l], x.v[l]));
        BOOST_TEST(same(upper_half(whole).v[l], y.v[l]));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(constants_have_the_bits_of_run_time, E, Packs) {
    using T = scalar_t<E>;
    constexpr int lanes = width<E>;
    std::array<T, static_cast<std::size_t>(lanes) + 2> from{};
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = opaque(plain<T, lanes>[i]);
    const auto y = every<E>(from.data());
    for (std::size_t k = 0; k < operations; ++k)
        for (int l = 0; l < lanes; ++l)
            BOOST_TEST(same(y[k].v[l], constants<E>[k].v[l]), "operation " << k << ", lane " << l);
}

// Scalars have the same functions (element.hpp).
BOOST_AUTO_TEST_CASE_TEMPLATE(a_scalar_is_its_own_only_lane, T, Scalars) {
    static_assert(kiln::fma(T(2), T(3), T(4)) == 10 && kiln::max(T(2), T(3)) == 3 && kiln::min(T(2), T(3)) == 2);
    static_assert(kiln::select(true, T(1), T(2)) == 1 && kiln::select(false, T(1), T(2)) == 2);
    static_assert(kiln::reduce(T(5)) == 5 && kiln::lane(T(7), 0) == 7);
    static_assert(kiln::equal_lanes<T>({3}, 3) && !kiln::equal_lanes<T>({3}, 4));
    T x = 1;
    kiln::set_lane(x, 0, 8);
    BOOST_TEST(x == 8);
}
