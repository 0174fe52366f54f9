// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.detail.type_name
#include <kiln/core/detail/type_name.hpp>
#include <kiln/core/fixed_string.hpp>
#include <kiln/core/shape.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace kiln;
using detail::full_type_name, detail::type_name;

namespace other {
struct Plain {};
template <class...>
struct Pack {};
template <fixed_string>
struct Named {};
}  // namespace other

// Names are constants.
static_assert(type_name<int>() == "int");

BOOST_AUTO_TEST_CASE(names_are_full_or_without_our_namespace) {
    BOOST_TEST((full_type_name<Shape<8, 13>>() == "kiln::Shape<8, 13>"));
    BOOST_TEST((type_name<Shape<8, 13>>() == "Shape<8, 13>"));
    BOOST_TEST(full_type_name<other::Plain>() == "other::Plain");
    BOOST_TEST(type_name<other::Plain>() == "other::Plain");
    BOOST_TEST((type_name<other::Pack<Shape<1>, other::Plain>>() == "other::Pack<kiln::Shape<1>, other::Plain>"));
}

BOOST_AUTO_TEST_CASE(nested_templates_keep_their_brackets) {
    std::string name(type_name<other::Pack<other::Pack<int>>>());
    if (const auto space = name.find("> >"); space != std::string::npos) name.erase(space + 1, 1);  // g++
    BOOST_TEST(name == "other::Pack<other::Pack<int>>");
}

BOOST_AUTO_TEST_CASE(brackets_in_strings_are_no_brackets) {
    for (const std::string_view name : {full_type_name<other::Named<"a->b">>(), full_type_name<other::Named<"<a">>(),
                                        full_type_name<other::Named<"\\\"">>()}) {
        BOOST_TEST(name.starts_with("other::Named<"), name);
        BOOST_TEST(name.ends_with("\"}>"), name);
    }
}
