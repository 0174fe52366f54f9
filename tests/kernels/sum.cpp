// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.sum
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/sum.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {
template <class Number, int N>
struct Size {
    using E = Number;
    static constexpr int count = N;
};
template <class E>
using Sizes = std::tuple<Size<E, 1>, Size<E, 2>, Size<E, 7>, Size<E, 16>, Size<E, 31>, Size<E, 33>, Size<E, 169>>;
using AllSizes = decltype(std::tuple_cat(Sizes<float>{}, Sizes<double>{}, Sizes<Lanes<float, 16>>{}));

/// Whole numbers, whose sums are exact.
template <class E, class S>
Tensor<E, S> whole_numbers() {
    Tensor<E, S> numbers;
    Random random{Seed{9}};
    for (E& value : numbers)
        for (int l = 0; l < width<E>; ++l) set_lane(value, l, scalar_t<E>(random.below(201) - 100));
    return numbers;
}
}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(sum_takes_every_element_once, Case, AllSizes) {
    using E = typename Case::E;
    const auto numbers = whole_numbers<E, Shape<Case::count>>();
    const Tensor<E, Shape<1>> sum{kernels::sum<Case::count>(numbers.data)};
    for (int l = 0; l < width<E>; ++l) {
        double expected = 0;
        for (const double number : lane_of(numbers, l)) expected += number;
        BOOST_TEST(lane_of(sum, l)[0] == expected);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bias_gradient_adds_the_sums_of_maps_over_all_lanes, Case, AllSizes) {
    using E = typename Case::E;
    const auto dy = whole_numbers<E, Shape<3, 1, Case::count>>();
    Tensor<scalar_t<E>, Shape<3>> db{1, 2, 3};
    kernels::bias_gradient(dy, db);
    Tensor<double, Shape<3>> expected{1, 2, 3};
    for (int l = 0; l < width<E>; ++l)
        for (int k = 0; k < dy.count; ++k) expected[k / Case::count] += lane_of(dy, l)[k];
    for (int o = 0; o < 3; ++o) BOOST_TEST(double(db[o]) == expected[o]);
}
