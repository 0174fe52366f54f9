// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.record
#include <kiln/core/record.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <type_traits>

using namespace kiln;

namespace {

template <class S>
struct Affine {
    BOOST_HANA_DEFINE_STRUCT(Affine, (Tensor<S, Shape<2, 3>>, weight), (Tensor<S, Shape<2>>, bias));
};
template <class S>
struct Scale {
    BOOST_HANA_DEFINE_STRUCT(Scale, (Tensor<S, Shape<4>>, gain));
};
/// Two records, a part that has nothing, and a nested tuple that holds the third.
template <class S>
using Nested = hana::basic_tuple<Affine<S>, Nothing, hana::basic_tuple<Nothing, Scale<S>>>;

static_assert(tensor_count<Affine<float>> == 2 && tensor_count<Nested<float>> == 3);
static_assert(tensor_count<Nothing> == 0 && tensor_count<hana::basic_tuple<Nothing, Nothing>> == 0);
static_assert(scalar_count<Nested<float>>() == 6 + 2 + 4 && scalar_count<Nothing>() == 0);
static_assert(is_nothing<Nothing> && is_nothing<const Nothing&> && !is_nothing<Affine<float>>);

static_assert(schema<Nested<float>>[1].extents == Extents{2} && schema<Nested<float>>[0].extents == Extents{2, 3});
static_assert(schema<Nothing>.empty());

// Traversal works in constant expressions, on records that may be changed and on const ones.
static_assert([] {
    Nested<double> record{};
    double next = 1;
    for (const Slice<double>& slice : tensors<double>(record))
        for (double& value : slice) value = next++;
    const Nested<double>& read = record;
    double sum = 0;
    for (const Slice<const double>& slice : tensors<const double>(read))
        for (const double value : slice) sum += value;
    return sum == 78 && hana::at_c<0>(record).bias[1] == 8;
}());

}  // namespace

BOOST_AUTO_TEST_CASE(part_of_finds_empty_and_other_parts_and_stands_for_each_part_of_nothing) {
    Nested<float> record;
    const auto& constant = record;
    BOOST_TEST(&part_of<0>(record) == &hana::at_c<0>(record));
    BOOST_TEST(&part_of<1>(constant) == &hana::at_c<1>(constant));
    BOOST_TEST(&part_of<1>(part_of<2>(record)) == &hana::at_c<1>(hana::at_c<2>(record)));
    static_assert(std::is_same_v<decltype(part_of<2>(constant)), const hana::basic_tuple<Nothing, Scale<float>>&>);
    Nothing none;
    BOOST_TEST(&part_of<7>(none) == &none);
}

BOOST_AUTO_TEST_CASE(tensors_come_in_the_order_of_their_declaration) {
    Nested<float> record{};
    const auto slices = tensors<float>(record);
    static_assert(std::is_same_v<decltype(slices), const std::array<Slice<float>, 3>>);
    BOOST_TEST(slices[0].data == hana::at_c<0>(record).weight.data);
    BOOST_TEST(slices[1].data == hana::at_c<0>(record).bias.data);
    BOOST_TEST(slices[2].data == hana::at_c<1>(hana::at_c<2>(record)).gain.data);
    BOOST_TEST(slices[0].count == 6);
    BOOST_TEST((slices[0].extents == Extents{2, 3}));
    BOOST_TEST(slices[2].end() - slices[2].begin() == 4);
}

BOOST_AUTO_TEST_CASE(names_are_paths_within_the_record) {
    BOOST_TEST(std::string(schema<Nested<float>>[0].name.c_str()) == "0.weight");
    BOOST_TEST(std::string(schema<Nested<float>>[1].name.c_str()) == "0.bias");
    BOOST_TEST(std::string(schema<Nested<float>>[2].name.c_str()) == "2.1.gain");
    BOOST_TEST(std::string(schema<Affine<float>>[1].name.c_str()) == "bias");
}

BOOST_AUTO_TEST_CASE(names_are_put_together_from_words_and_positions) {
    const Name name = Name{}.then(12).then(0).then("weight").then(2147483647);
    BOOST_TEST(std::string(name.c_str()) == "12.0.weight.2147483647");
    BOOST_TEST(name.length == 22);
    BOOST_TEST(std::string(Name{}.c_str()).empty());
    const std::string part(50, 'x');  // of names that are no constants, what is too much is cut off
    BOOST_TEST(Name{}.then(part.c_str()).then(part.c_str()).c_str() == part + "." + std::string(12, 'x'));
}

BOOST_AUTO_TEST_CASE(set_zero_reaches_every_element) {
    Nested<float> record;
    for (const Slice<float>& slice : tensors<float>(record))
        for (float& value : slice) value = 7;
    set_zero<float>(record);
    for (const Slice<float>& slice : tensors<float>(record))
        for (const float value : slice) BOOST_TEST(value == 0.0f);
}
