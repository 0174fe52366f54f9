// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE open_file
#include <kiln/files/detail/open_file.hpp>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <cstdio>
#include <utility>

using kiln::detail::OpenFile;

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_none_and_errno_says_why) {
    BOOST_TEST(!OpenFile("no such folder/file", "rb"));
    BOOST_TEST(errno == ENOENT);
}

BOOST_AUTO_TEST_CASE(what_is_moved_closes_once) {
    OpenFile first("README.md", "rb");
    BOOST_REQUIRE(static_cast<bool>(first));
    OpenFile second = std::move(first);
    BOOST_TEST(!first);
    BOOST_TEST(std::fgetc(second.get()) != EOF);
    first = std::move(second);
    BOOST_TEST(!second);
    BOOST_TEST(std::fgetc(first.get()) != EOF);
}
