// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.detail.zip_archive
// needs: zip.h
#include <kiln/io/detail/zip_archive.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace kiln::io;

namespace {

std::string archive(const std::vector<ZipContent>& contents, bool compressed = false) {
    std::string fault;
    const std::string text = zip_text(contents, compressed, fault);
    BOOST_TEST(fault == "");
    return text;
}

const std::string digits = "0123456789", long_text(100'000, 'x');

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    for (const bool compressed : {false, true}) {
        const std::string text = archive({{"a", digits}, {"folder/\xc3\xa4", ""}, {"c", long_text}}, compressed);
        BOOST_TEST((text.size() < long_text.size()) == compressed);
        const ZipArchive read(text);
        BOOST_TEST(read.fault() == "");
        BOOST_REQUIRE(read.size() == 3);
        BOOST_TEST(read.name(0) == "a");
        BOOST_TEST(read.name(1) == "folder/\xc3\xa4");
        ZipMember first = read.open(0), empty = read.open(1), last = read.open(2);
        BOOST_TEST(first.read(4) == "0123");
        BOOST_TEST(last.read(long_text.size()) == long_text);
        BOOST_TEST(first.read(4) == "4567");
        BOOST_TEST(first.read(4) == "89");
        BOOST_TEST(first.read(4) == "");
        BOOST_TEST(empty.read(1) == "");
        BOOST_TEST(last.read(1) == "");
        for (const ZipMember* member : {&first, &empty, &last}) BOOST_TEST(member->fault() == "");
    }
}

BOOST_AUTO_TEST_CASE(an_archive_may_be_empty) {
    const std::string text = archive({});
    BOOST_TEST(text.size() == 22);
    const ZipArchive read(text);
    BOOST_TEST(read.fault() == "");
    BOOST_TEST(read.size() == 0);
}

BOOST_AUTO_TEST_CASE(the_same_content_gives_the_same_bytes) {
    const std::string text = archive({{"a", digits}});
    BOOST_TEST(archive({{"a", digits}}) == text);
    BOOST_TEST(text.substr(10, 4) == std::string("\0\0\x21\0", 4));  // the time of the member: 1 January 1980
}

BOOST_AUTO_TEST_CASE(names_that_cannot_be_are_refused) {
    std::string fault;
    BOOST_TEST(zip_text(std::vector<ZipContent>{{"a", ""}, {"a", ""}}, false, fault) == "");
    BOOST_TEST(fault == "File already exists");
    BOOST_TEST(zip_text(std::vector<ZipContent>{{"\xff", ""}}, false, fault) == "");
    BOOST_TEST(fault == "Invalid argument");
}

BOOST_AUTO_TEST_CASE(damage_is_noticed_where_a_member_ends) {
    std::string text = archive({{"a", digits}});
    text[text.find(digits) + 9] = '8';
    const ZipArchive read(text);
    ZipMember member = read.open(0);
    BOOST_TEST(member.read(9) == digits.substr(0, 9));
    BOOST_TEST(member.fault() == "");
    member.read(2);
    BOOST_TEST(member.fault() == "CRC error");
    BOOST_TEST(member.read(1) == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_archive_is_not_open) {
    const std::string good = archive({{"a", digits}, {"b", digits}});
    for (std::size_t size = 0; size < good.size(); ++size) {
        const std::string beginning = good.substr(0, size);
        const ZipArchive read(beginning);
        BOOST_TEST(read.fault() != "");
        BOOST_TEST(read.size() == 0);
    }
}
