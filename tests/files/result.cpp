// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE files.result
#include <kiln/files/result.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using kiln::FileError;
using kiln::Result;

BOOST_AUTO_TEST_CASE(success_says_nothing) {
    const Result result;
    BOOST_TEST(static_cast<bool>(result));
    BOOST_TEST(result.message() == "");
    BOOST_CHECK_NO_THROW(result.or_throw());
}

BOOST_AUTO_TEST_CASE(failure_names_file_and_cause) {
    const Result result = Result::failure("a.bin", "expected 4 bytes, found 3");
    BOOST_TEST(!result);
    BOOST_TEST(result.message() == "kiln: a.bin: expected 4 bytes, found 3");
    BOOST_TEST(!Result::failure("a.bin", ""));
    BOOST_CHECK_EXCEPTION(result.or_throw(), FileError,
                          [&](const FileError& error) { return error.what() == result.message(); });
}
