// SPDX-License-Identifier: BSL-1.0
#pragma once
// BOOST_AUTO_TEST_CASE_TEMPLATE makes one test case for each type, as Boost.Test's own does, and compiles programs with
// many types in half of the time: Boost.Test instantiates boost::function and an iteration for each type, this header
// one function. precompiled.hpp includes it. A program without precompiled headers takes Boost.Test's own.

#include <boost/core/demangle.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <tuple>
#include <typeinfo>

namespace kiln::tests {

struct TemplateCase {
    void (*run)();
    const std::type_info* type;
};

/// Registers one test case for each type.
struct TemplateCases {
    [[gnu::noinline]] TemplateCases(const char* name, const char* file, std::size_t line,
                                    std::initializer_list<TemplateCase> cases) {
        namespace unit_test = boost::unit_test;
        for (const TemplateCase& each : cases) {
            const std::string full_name = std::string(name) + "<" + boost::core::demangle(each.type->name()) + ">";
            unit_test::ut_detail::auto_test_unit_registrar(unit_test::make_test_case(each.run, full_name, file, line),
                                                           unit_test::decorator::collector_t::instance());
        }
    }
};

}  // namespace kiln::tests

#undef BOOST_AUTO_TEST_CASE_TEMPLATE
#define BOOST_AUTO_TEST_CASE_TEMPLATE(name, Type, Types)                                                             \
    template <class Type>                                                                                            \
    struct name {                                                                                                    \
        static void test_method();                                                                                   \
    };                                                                                                               \
    static const kiln::tests::TemplateCases name##_cases = []<class... Each>(const std::tuple<Each...>*) {           \
        return kiln::tests::TemplateCases(#name, __FILE__, __LINE__, {{name<Each>::test_method, &typeid(Each)}...}); \
    }(static_cast<const Types*>(nullptr));                                                                           \
    template <class Type>                                                                                            \
    void name<Type>::test_method()
