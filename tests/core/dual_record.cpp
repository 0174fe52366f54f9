// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.dual_record
#include <kiln/core/dual_record.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

using namespace kiln;

namespace {
template <class S>
struct Pair {
    BOOST_HANA_DEFINE_STRUCT(Pair, (Tensor<S, Shape<2>>, a), (Tensor<S, Shape<1>>, b));
};
constexpr Pair<float> numbers{{1, 2}, {3}}, direction{{10, 20}, {30}};
}  // namespace

BOOST_AUTO_TEST_CASE(records_move_along_a_direction) {
    Pair<Dual<float>> still, moving;
    copy_record<Dual<float>>(numbers, still);
    copy_record<Dual<float>>(numbers, direction, moving);
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(still.a[i].value == numbers.a[i]);
        BOOST_TEST(still.a[i].slope == 0);
        BOOST_TEST(moving.a[i].value == numbers.a[i]);
        BOOST_TEST(moving.a[i].slope == direction.a[i]);
    }
    BOOST_TEST(still.b[0].value == 3);
    BOOST_TEST(moving.b[0].value == 3);
    BOOST_TEST(moving.b[0].slope == 30);
}

BOOST_AUTO_TEST_CASE(values_and_slopes_are_added_to_floats) {
    Pair<Dual<float>> moving;
    copy_record<Dual<float>>(numbers, direction, moving);
    Pair<float> values = numbers, slopes = numbers;
    add_values<Dual<float>>(moving, values);
    add_slopes<Dual<float>>(moving, slopes);
    BOOST_TEST(values.a[1] == 4);
    BOOST_TEST(slopes.a[1] == 22);
    BOOST_TEST(slopes.b[0] == 33);
}

BOOST_AUTO_TEST_CASE(the_slopes_of_nested_numbers_are_the_innermost) {
    using Nested = Dual<Dual<float>>;
    Pair<Nested> moving;
    copy_record<Nested>(numbers, direction, moving);
    BOOST_TEST(moving.a[0].value.value == 1);
    BOOST_TEST(moving.a[0].slope.value == 10);
    BOOST_TEST(moving.a[0].slope.slope == 0);
    moving.a[0].slope.slope = 7;
    Pair<float> slopes{}, values{};
    add_slopes<Nested>(moving, slopes);
    add_values<Nested>(moving, values);
    BOOST_TEST(slopes.a[0] == 7);
    BOOST_TEST(values.a[0] == 1);
}
