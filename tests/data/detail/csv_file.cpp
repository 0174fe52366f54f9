// SPDX-License-Identifier: BSL-1.0
// needs: csv.h
#define BOOST_TEST_MODULE data.detail.csv_file
#include <kiln/core/shape.hpp>
#include <kiln/data/csv.hpp>
#include <kiln/io/detail/tensor_file.hpp>

#include <boost/test/unit_test.hpp>

#include "data/table_folder.hpp"

#include <string>

using namespace kiln;
using namespace kiln::data;
using Pair = Shape<2>;
using One = Shape<1>;

static_assert(sizeof(io::Note) > 0);  // the library that reads files has no namespace `io` of its own

namespace {

struct File : TableFolder {
    std::string refusal(const std::string& bytes, const TableFormat& format = {}) const {
        return cause([&] { read_table<Pair>(write(bytes), format); });
    }
};

const std::string flowers = "length,width,species\n"
                            "5.1,3.5,setosa\n"
                            "7.0,3.2,versicolor\n"
                            "-6.25e-1,+3,setosa\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(files, File)

BOOST_AUTO_TEST_CASE(csv_file_says_which_field_is_wrong) {
    const auto second_row = [&](const std::string& row, const TableFormat& format = {}) {
        return refusal("a,b,c\n1,2,x\n" + row + "\n", format);
    };
    const std::string others =
        "; does the text stand for a missing value? try it in .missing_marks, or try other .columns";
    for (const std::string value : {"2x", "one", "0x10", "+-1", "+", "1e999x"})
        BOOST_TEST(second_row(value + ",2,y") ==
                   "line 3, column \"a\": expected a number, found \"" + value + "\"" + others);
    BOOST_TEST(
        second_row("\"1,5\",2,y") ==
        "line 3, column \"a\": expected a number, found \"1,5\"; is the comma the decimal mark? try .decimal = ','");
    BOOST_TEST(
        refusal("a;b;c\n1;2;x\n1;2.5;y\n", {.delimiter = ';', .decimal = ','}) ==
        "line 3, column \"b\": expected a number, found \"2.5\"; is the point the decimal mark? try .decimal = '.'");
    BOOST_TEST(second_row("-inf,2,y") == "line 3, column \"a\": expected a finite number, found \"-inf\"");
    for (const std::string value : {"1e39", "1e999"})
        BOOST_TEST(second_row(value + ",2,y") ==
                   "line 3, column \"a\": expected a number in the range of float, found \"" + value + "\"");
    BOOST_TEST(second_row(std::string(100, '\x1b') + ",2,y") ==
               "line 3, column \"a\": expected a number, found \"" + std::string(60, '?') + "…\"" + others);
    BOOST_TEST(second_row("1,2") == "line 3: expected 3 fields, found 2; are values missing at the end?");
    BOOST_TEST(second_row("1,2,y,") ==
               "line 3: expected 3 fields, found 4; does a value hold the delimiter? try quotes around the value");
    BOOST_TEST(second_row("# by hand") ==
               "line 3: expected 3 fields, found 1; is this line a comment? try its first character as .comment");
    BOOST_TEST(refusal("a;b;c\n1;2;x\n;;\n", {.delimiter = ';'}).starts_with("line 3, column \"c\": expected a label"));
    BOOST_TEST(refusal("a\tb\tc\n1\t2\tx\n\t\t\n", {.delimiter = '\t'})
                   .starts_with("line 3, column \"c\": expected a label, found an empty field"));
}

BOOST_AUTO_TEST_CASE(csv_file_refuses_a_format_that_fits_no_file) {
    BOOST_TEST(refusal(flowers, {.columns = {"length"}}) ==
               "kiln: a CSV file needs 2 names in .columns, one for each value, got 1");
    BOOST_TEST(cause([&] {
                   read_regression<Pair, One>(write(flowers), {.targets = {"length", "width"}});
               }) == "kiln: a CSV file needs 1 names in .targets, one for each value, got 2");
    for (const char delimiter : {'"', '\n', '\r', '\0', 'e', '7', '-', '.'})
        BOOST_TEST(refusal(flowers, {.delimiter = delimiter, .decimal = ','})
                       .starts_with("kiln: a CSV file needs a delimiter that is no letter, digit, sign, point, quote "
                                    "or line break, got \""));
    BOOST_TEST(refusal(flowers, {.delimiter = '7'}).ends_with("got \"7\"; try one of , ; | tab and blank"));
    BOOST_TEST(refusal(flowers, {.decimal = ','}) ==
               "kiln: a CSV file needs a delimiter other than the decimal mark, got \",\"; try ';'");
    BOOST_TEST(refusal(flowers, {.decimal = 'x'}) ==
               "kiln: a CSV file needs a decimal mark that is . or ,, got \"x\"; try '.'");
    for (const char comment : {'"', '\n', '-', '.', ',', ' ', '7', 'a'})
        BOOST_TEST(refusal(flowers, {.comment = comment})
                       .starts_with("kiln: a CSV file needs a comment mark that begins no number, and is no"));
}

BOOST_AUTO_TEST_SUITE_END()
