// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.detail.raise
#include <kiln/core/detail/raise.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>

BOOST_AUTO_TEST_CASE(an_error_is_made_of_the_arguments_and_thrown) {
    const auto is_ours = [](const std::out_of_range& error) { return error.what() == std::string("too far"); };
    BOOST_CHECK_EXCEPTION(kiln::raise<std::out_of_range>("too far"), std::out_of_range, is_ours);
}
