// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.reduce
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/dual.hpp>
#include <kiln/core/random.hpp>
#include <kiln/kernels/reduce.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <tuple>

using namespace kiln;

namespace {

/// Whether N sums at once are those that `reduce` gives one by one, bit for bit.
template <class E, int N>
constexpr bool reduces_each() {
    using T = scalar_t<E>;
    kiln::detail::ArrayOf<E, N> sums;
    Random random{Seed{static_cast<std::uint64_t>(N)}};
    const auto draw = [&] {
        if constexpr (requires(T number) { number.slope; })
            return T(random.uniform(-1, 1), random.uniform(-1, 1));
        else
            return T(random.uniform(-1, 1));
    };
    const auto equal = [](const T& a, const T& b) {
        if constexpr (requires { a.slope; })
            return a.value == b.value && a.slope == b.slope;
        else
            return a == b;
    };
    for (E& sum : sums)
        for (int l = 0; l < width<E>; ++l) set_lane(sum, l, draw());
    kernels::Totals<E, N> totals{};
    kernels::reduce_each<N>(sums, totals);
    for (int n = 0; n < N; ++n)
        if (!equal(totals[n], reduce(sums[n]))) return false;
    return true;
}
template <class E>
constexpr bool reduces_any_number() {
    return reduces_each<E, 1>() && reduces_each<E, 3>() && reduces_each<E, 9>() && reduces_each<E, 16>() &&
           reduces_each<E, 23>() && reduces_each<E, 37>();
}
static_assert(reduces_any_number<Lanes<float, 4>>() && reduces_any_number<double>());

}  // namespace

using Elements =
    std::tuple<float, double, Lanes<float, 2>, Lanes<float, 4>, Lanes<float, 8>, Lanes<float, 16>, Lanes<float, 32>,
               Lanes<double, 4>, Dual<float>, Dual<Lanes<float, 8>>, Dual<Lanes<float, 32>>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(reduce_each_gives_the_sums_over_lanes, E, Elements) {
    BOOST_TEST(reduces_any_number<E>());
}

// Whole numbers: every sum is exact.
BOOST_AUTO_TEST_CASE_TEMPLATE(add_reduced_adds_the_sum_over_lanes_once, E,
                              decltype(std::tuple<float, double, Lanes<float, 8>, Lanes<float, 16>>{})) {
    Tensor<E, Shape<37>> from;
    Tensor<scalar_t<E>, Shape<37>> to;
    Random random{Seed{3}};
    for (E& value : from)
        for (int l = 0; l < width<E>; ++l) set_lane(value, l, scalar_t<E>(random.below(17) - 8));
    for (auto& value : to) value = scalar_t<E>(random.below(17) - 8);
    const auto before = to;
    kernels::add_reduced(from, to);
    for (int i = 0; i < 37; ++i) BOOST_TEST(to[i] == before[i] + reduce(from[i]));
    kernels::add_reduced<20>(from.data + 17, to.data);
    for (int i = 0; i < 20; ++i) BOOST_TEST(to[i] == before[i] + reduce(from[i]) + reduce(from[17 + i]));
    BOOST_TEST(to[20] == before[20] + reduce(from[20]));
}
