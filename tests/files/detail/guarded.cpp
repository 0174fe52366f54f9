// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE files.detail.guarded
#include <kiln/files/detail/guarded.hpp>

#include <boost/test/unit_test.hpp>

#include <new>
#include <stdexcept>
#include <string>

using kiln::Result;
using kiln::detail::guarded;

BOOST_AUTO_TEST_CASE(what_is_done_is_the_result) {
    BOOST_TEST(guarded("file", [] { return Result(); }).message() == "");
    BOOST_TEST(guarded("file", [] { return Result::failure("other", "cause"); }).message() == "kiln: other: cause");
}

BOOST_AUTO_TEST_CASE(a_lack_of_memory_is_a_failure_of_the_file) {
    const auto without_memory = []() -> Result { throw std::bad_alloc(); };
    BOOST_TEST(guarded("file", without_memory).message() == "kiln: file: out of memory");
    const auto beyond_all = []() -> Result {
        std::string text;
        text.resize(text.max_size() + 1);
        return {};
    };
    BOOST_TEST(guarded("file", beyond_all).message() == "kiln: file: out of memory");
}

BOOST_AUTO_TEST_CASE(mistakes_of_the_program_are_none_of_the_file) {
    BOOST_CHECK_THROW(static_cast<void>(guarded("file", []() -> Result { throw std::logic_error("kiln: a mistake"); })),
                      std::logic_error);
}
