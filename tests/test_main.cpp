// SPDX-License-Identifier: BSL-1.0
// The main function of programs that share precompiled headers: Boost.Test defines one where BOOST_TEST_MODULE is
// defined before it is included, and with precompiled headers a program's own definition comes too late for that.
#include <boost/test/unit_test.hpp>

int main(int count, char* arguments[]) {
    return boost::unit_test::unit_test_main([] { return true; }, count, arguments);
}
