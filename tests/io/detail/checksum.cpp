// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.detail.checksum
#include <kiln/io/detail/checksum.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace kiln::io;

namespace {
std::string sealed(const std::string& before, const std::string& after) {
    std::string text = before + "\"kiln.checksum\":\"0000000000000000\"" + after;
    seal(text);
    return text;
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_sealed_file_is_right_and_a_longer_shorter_or_changed_one_wrong) {
    const std::string text = sealed("a header {", "} and what it is the header of, 12");
    BOOST_TEST(checksum_fault(text) == "");
    BOOST_TEST(text.find("0000000000000000") == text.npos);
    int missed = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = text;
            damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
            missed += checksum_fault(damaged).empty();
        }
    BOOST_TEST(missed == 0);
    BOOST_TEST(checksum_fault(text + '\0') != "");
    BOOST_TEST(checksum_fault(text.substr(0, text.size() - 1)) != "");
    BOOST_TEST(checksum_fault(text.substr(0, text.size() - 8)) != "");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said) {
    BOOST_TEST(checksum_fault("a header without one") == "expected a note \"kiln.checksum\", found none");
    BOOST_TEST(checksum_fault("\"kiln.checksum\":\"000") == "expected a note \"kiln.checksum\", found none");
    const std::string fault = checksum_fault("{\"kiln.checksum\":\"0123456789abcdef\"}");
    BOOST_TEST(fault.starts_with("expected the checksum "), fault);
    BOOST_TEST(fault.ends_with(", found 0123456789abcdef; is the file damaged?"), fault);
}

// A file is read by other versions of the library too.
BOOST_AUTO_TEST_CASE(the_sum_stays_what_it_is) {
    BOOST_TEST(sealed("{", "} 0123456789") == "{\"kiln.checksum\":\"261866c670acc3da\"} 0123456789");
}
