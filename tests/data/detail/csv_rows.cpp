// SPDX-License-Identifier: BSL-1.0
// needs: csv.h
#define BOOST_TEST_MODULE data.detail.csv_rows
#include <kiln/data/detail/csv_rows.hpp>

#include <boost/test/unit_test.hpp>

#include "data/table_folder.hpp"

#include <filesystem>
#include <string>
#include <vector>

using kiln::data::detail::CsvRows;
using Row = std::vector<std::string>;
using boost::test_tools::per_element;

namespace {

struct Rows : TableFolder {
    std::vector<std::size_t> lines;  // in which the rows begin
    std::vector<std::string> odd;    // fields that break the rules of quotes

    std::vector<Row> read(const std::string& bytes, char delimiter = ',', char comment = 0) {
        CsvRows rows(write(bytes), delimiter, comment);
        std::vector<Row> all;
        lines.clear();
        odd.clear();
        while (rows.next()) {
            Row& row = all.emplace_back();
            for (std::size_t i = 0; i < rows.size(); ++i) {
                row.emplace_back(rows.field(i));
                if (!rows.well_quoted(i)) odd.push_back(row.back());
            }
            lines.push_back(rows.line());
        }
        BOOST_TEST(!rows.next());
        return all;
    }
    std::string refusal(const std::string& bytes) {
        return cause([&] { read(bytes); });
    }
};

using Lines = std::vector<std::size_t>;
bool same(const std::vector<Row>& a, const std::vector<Row>& b) { return a == b; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rows, Rows)

BOOST_AUTO_TEST_CASE(rows_end_as_lines_do_on_all_systems) {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
        BOOST_TEST(
            same(read("a,b" + end + end + "1,2" + end + " " + end + "3,4"), {{"a", "b"}, {"1", "2"}, {"3", "4"}}));
        BOOST_TEST(lines == (Lines{1, 3, 5}), per_element());
    }
    BOOST_TEST(same(read("a\r\r\nb\n\rc"), {{"a"}, {"b"}, {"c"}}));
    BOOST_TEST(lines == (Lines{1, 3, 5}), per_element());
    BOOST_TEST(read("").empty());
    BOOST_TEST(read("\n\t \r\n").empty());
    BOOST_TEST(same(read("\xef\xbb\xbf"
                         "a,b"),
                    {{"a", "b"}}));
    BOOST_TEST(same(read("a\n\xef\xbb\xbf"
                         "b"),
                    {{"a"},
                     {"\xef\xbb\xbf"
                      "b"}}));
}

BOOST_AUTO_TEST_CASE(rows_have_fields_without_the_blanks_around_them) {
    BOOST_TEST(same(read(" a ,\tb b\t, \n,,\n"), {{"a", "b b", ""}, {"", "", ""}}));
    BOOST_TEST(same(read("a; b\n;\n", ';'), {{"a", "b"}, {"", ""}}));
    BOOST_TEST(same(read("a: b\n", ':'), {{"a", "b"}}));
    BOOST_TEST(same(read("a\t b \n\t\n\t\t\n", '\t'), {{"a", "b"}, {"", ""}, {"", "", ""}}));
}

BOOST_AUTO_TEST_CASE(rows_take_several_blanks_for_one_delimiter) {
    BOOST_TEST(same(read("a b\n  1    2  \n\n   \n\"\"   \"x  y\" \n", ' '), {{"a", "b"}, {"1", "2"}, {"", "x  y"}}));
    BOOST_TEST(lines == (Lines{1, 2, 5}), per_element());
}

BOOST_AUTO_TEST_CASE(rows_have_quotes_around_anything) {
    BOOST_TEST(same(read("\"a,b\", \"say \"\"hi\"\"\" ,\"\"\n\"\"\"\",x\n"), {{"a,b", "say \"hi\"", ""}, {"\"", "x"}}));
    BOOST_TEST(same(read("\"two\nlines\",1\n\"and\r\n\r\nfour\",2\n3,4\n"),
                    {{"two\nlines", "1"}, {"and\r\n\r\nfour", "2"}, {"3", "4"}}));
    BOOST_TEST(lines == (Lines{1, 3, 6}), per_element());
    BOOST_TEST(odd.empty());
}

BOOST_AUTO_TEST_CASE(rows_tell_which_fields_break_the_rules_of_quotes) {
    BOOST_TEST(same(read("1,2\" pipe,3\n4,5\" x \" y,\"6\"\n7,\"8\",9"),
                    {{"1", "2\" pipe", "3"}, {"4", "5\" x \" y", "6"}, {"7", "8", "9"}}));
    BOOST_TEST(odd == (Row{"2\" pipe", "5\" x \" y"}), per_element());
    read("a\"b,\"c\"d\"\n\"e\" f\"\n");
    BOOST_TEST(odd == (Row{"a\"b", "c\"d", "e\" f"}), per_element());
    read("a\"b  c\"d  e\n", ' ');
    BOOST_TEST(odd == (Row{"a\"b", "c\"d"}), per_element());
}

BOOST_AUTO_TEST_CASE(rows_skip_comments) {
    BOOST_TEST(same(read("# made, \"by hand\na,b\n  # and\n1,2#3\n#\n#\r\n4,\"5\n#6\"\n#", ',', '#'),
                    {{"a", "b"}, {"1", "2#3"}, {"4", "5\n#6"}}));
    BOOST_TEST(lines == (Lines{2, 4, 7}), per_element());
    BOOST_TEST(same(read("#a\n"), {{"#a"}}));
}

BOOST_AUTO_TEST_CASE(rows_do_not_depend_on_how_the_file_is_read) {
    // The file is read 64 KiB at a time: each of these bytes once stands at the border.
    const std::string tail = "\r\n#c\n\"x\"\"\n y\" , \"z\r\n\"\r\n \n1\"2,3\n";
    for (std::size_t back = 0; back <= tail.size() + 1; ++back) {
        const std::string head((1 << 16) - back, 'a');
        BOOST_TEST(same(read(head + tail, ',', '#'), {{head}, {"x\"\n y", "z\r\n"}, {"1\"2", "3"}}));
        BOOST_TEST(lines == (Lines{1, 3, 7}), per_element());
        BOOST_TEST(odd == (Row{"1\"2"}), per_element());
    }
}

BOOST_AUTO_TEST_CASE(rows_say_what_is_wrong_with_a_file) {
    BOOST_TEST(cause([&] { CsvRows(path(), ',', 0); }) == "cannot be opened: No such file or directory");
    std::filesystem::create_directory(path());
    BOOST_TEST(cause([&] { CsvRows(path(), ',', 0).next(); }) == "expected a file, found a directory");
    std::filesystem::remove(path());
    BOOST_TEST(refusal("a\n" + std::string("a\0,\0b", 5)) ==
               "line 2: expected text, found a zero byte; is the file compressed, or in UTF-16?");
    BOOST_TEST(refusal("a,b\n1,\"2\n3,4\n") ==
               "line 2, field 2: expected a quote that closes the field, found the end of the file");
    BOOST_TEST(refusal("a\n\"" + std::string(1 << 24, '1') + "\n") ==
               "line 2: expected a row below 16 MiB, found more; is a quote in it never closed?");
}

BOOST_AUTO_TEST_SUITE_END()
