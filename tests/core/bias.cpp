// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.bias
#include <kiln/core/bias.hpp>

#include <boost/test/unit_test.hpp>

#include <string_view>

using namespace kiln;

static_assert(detail::learns_bias<> && detail::learns_bias<Bias::learned> && !detail::learns_bias<Bias::none>);

using With = detail::weight_and_bias<double, Shape<2, 3>, 2, true>;
using Without = detail::weight_and_bias<double, Shape<2, 3>, 2, false>;
static_assert(schema<With>.size() == 2 && schema<With>[1].extents == Extents{2} && scalar_count<With>() == 8);
static_assert(schema<Without>.size() == 1 && scalar_count<Without>() == 6 && is_nothing<decltype(Without::bias)>);
static_assert(sizeof(Without) == sizeof(Tensor<double, Shape<2, 3>>));

BOOST_AUTO_TEST_CASE(a_record_without_bias_has_the_weight_of_one_with_bias) {
    BOOST_TEST(std::string_view(schema<With>[0].name.text) == "weight");
    BOOST_TEST(std::string_view(schema<With>[1].name.text) == "bias");
    BOOST_TEST(std::string_view(schema<Without>[0].name.text) == "weight");
    Without record{};
    BOOST_TEST(tensors<double>(record)[0].data == record.weight.data);
}
