// SPDX-License-Identifier: BSL-1.0
// needs: csv.h
#define BOOST_TEST_MODULE data.csv_columns
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/csv.hpp>

#include <boost/test/unit_test.hpp>

#include "data/table_folder.hpp"

#include <string>
#include <vector>

using namespace kiln::data;
using kiln::Shape;
using kiln::Tensor;
using Pair = Shape<2>;
using One = Shape<1>;
using boost::test_tools::per_element;

namespace {

struct Columns : TableFolder {
    Table<Pair> table(const std::string& bytes, const TableFormat& format = {}) const {
        return read_table<Pair>(write(bytes), format);
    }
    RegressionTable<One, Pair> regression(const std::string& bytes, const RegressionFormat& format = {}) const {
        return read_regression<One, Pair>(write(bytes), format);
    }
    std::string refusal(const std::string& bytes, const TableFormat& format = {}) const {
        return cause([&] { table(bytes, format); });
    }
    std::string regression_refusal(const std::string& bytes, const RegressionFormat& format = {}) const {
        return cause([&] { regression(bytes, format); });
    }
};

const std::string gaps = "a,b,l\n"
                         "1,2,x\n"
                         ",4,x\n"
                         "5,NA,y\n"
                         "6,9,?\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(columns, Columns)

BOOST_AUTO_TEST_CASE(columns_that_are_missing_are_named) {
    BOOST_TEST(refusal(gaps, {.label = "x"}) == "expected a column \"x\", found none; the nearest is \"a\"");
    BOOST_TEST(refusal(gaps, {.columns = {"Alpha", "b"}}).starts_with("expected a column \"Alpha\", found none"));
    BOOST_TEST(refusal("a,b,a\n1,2,3\n", {.label = "a"}) == "expected one column \"a\", found two");
    BOOST_TEST(refusal("a,b,c,d\n1,2,3,0\n") ==
               "expected 2 columns of values beside those of the targets, found 3; is the delimiter right? try "
               ".delimiter, or choose columns by .columns");
    BOOST_TEST(regression_refusal("a\n1\n", {.columns = {"a"}}) ==
               "expected 2 columns of targets, found 1; is the delimiter right? try .delimiter, or choose "
               "columns by .columns");
    BOOST_TEST(regression_refusal(gaps, {.targets = {"q", "a"}}).starts_with("expected a column \"q\", found none"));
}

BOOST_AUTO_TEST_CASE(columns_that_are_one_may_have_another_delimiter) {
    const std::string start = "expected 2 columns of values beside those of the targets, found 0; ";
    BOOST_TEST(refusal("a;b;c\n1;2;0\n") == start + "is the delimiter right? line 1 has \";\"; try .delimiter = ';'");
    BOOST_TEST(refusal("a\tb\n") == start + "is the delimiter right? line 1 has a tab; try .delimiter = '\\t'");
    BOOST_TEST(refusal("a,b\n", {.delimiter = ';'}) ==
               start + "is the delimiter right? line 1 has \",\"; try .delimiter = ','");
    BOOST_TEST(refusal("# by hand\na,b,c\n") == start + "is line 1 a comment? try .comment = '#'");
}

BOOST_AUTO_TEST_CASE(columns_with_numbers_as_names_are_asked_about) {
    BOOST_TEST(refusal("5.1,3.5,a\n4.9,3.0,a\n") ==
               "line 1: expected the names of the columns, found numbers such as \"3.5\"; is the first line data? try "
               ".header = false; or, if these are names, name some in .label, .targets or .columns");
    BOOST_TEST(refusal("\n?,3.5,a\n").starts_with("line 2: expected the names of the columns"));
    BOOST_TEST(refusal("1,5;2;a\n", {.delimiter = ';', .decimal = ','}).starts_with("line 1: expected the names"));
    BOOST_TEST(regression_refusal("1,2,3\n4,5,6\n").starts_with("line 1: expected the names of the columns"));
    // Names, as somebody knows them, or as one of them is no number.
    BOOST_TEST(table("0,1,l\n5,6,x\n", {.label = "l"}).data.size() == 1);
    BOOST_TEST(table("0,1,l\n5,6,x\n", {.columns = {"0", "1"}}).data.size() == 1);
    BOOST_TEST(table("a,1,2\n5,6,0\n").data.size() == 1);
    BOOST_TEST(regression("1990,1991,price\n4,5,6\n").size() == 1);
    BOOST_TEST(regression("0,1,2\n4,5,6\n", {.targets = {"1", "2"}}).size() == 1);
    BOOST_TEST(table("5.1,3.5,a\n4.9,3.0,a\n", {.header = false}).data.size() == 2);
}

BOOST_AUTO_TEST_CASE(columns_without_a_header_may_have_one) {
    BOOST_TEST(refusal("a,b,l\n1,2,x\n", {.header = false}) ==
               "line 1, column \"1\": expected a number, found \"a\"; is this line a header? try .header = true");
}

BOOST_AUTO_TEST_CASE(gaps_are_refused) {
    const std::string hint = "; is the value missing? try .missing = Missing::drop_row or Missing::mean_of_column";
    BOOST_TEST(refusal(gaps) == "line 3, column \"a\": expected a number, found an empty field" + hint);
    BOOST_TEST(refusal("a,b,l\n1,null,x\n") == "line 2, column \"b\": expected a number, found \"null\"" + hint);
    BOOST_TEST(refusal("a,b,l\n1,-999,x\n", {.missing_marks = {"-999"}}) ==
               "line 2, column \"b\": expected a number, found \"-999\"" + hint);
    BOOST_TEST(regression_refusal("a,b,c\n1,2,\n") ==
               "line 2, column \"c\": expected a number, found an empty field; is it missing? try .missing = "
               "Missing::drop_row, or .missing_marks without this text");
    BOOST_TEST(refusal("a,b,l\n1,,x\n", {.missing_marks = {}}) ==
               "line 2, column \"b\": expected a number, found an empty field");
    BOOST_TEST(table(gaps, {.label = "a", .columns = {"b", "b"}, .missing = Missing::drop_row, .first_label = 0})
                   .data.size() == 2);
}

BOOST_AUTO_TEST_CASE(gaps_drop_their_rows) {
    const auto read = table(gaps, {.missing = Missing::drop_row});
    BOOST_TEST(read.data.size() == 1);
    BOOST_TEST(read.rows_dropped == 3);
    BOOST_TEST(read.values_filled == 0);
    BOOST_TEST((read.data.sample(0) == Tensor<float, Pair>{1, 2}));
    const auto targets = regression("a,b,c\n?,1,2\n3,,4\n5,6,7\n8,9,\"\"\n", {.missing = Missing::drop_row});
    BOOST_TEST(targets.size() == 1);
    BOOST_TEST(targets.rows_dropped == 3);
    BOOST_TEST((targets.target(0) == Tensor<float, Pair>{6, 7}));
    BOOST_TEST(refusal("a,b,l\n1,,x\n,1,x\n", {.missing = Missing::drop_row}) ==
               "expected rows of data, found none; 2 were dropped because values are missing in them");
    BOOST_TEST(refusal("a,b,l\n,x1,x\n1,x1,x\n", {.missing = Missing::drop_row}).starts_with("line 3, column \"b\""));
}

BOOST_AUTO_TEST_CASE(gaps_are_filled_with_the_mean_of_their_columns) {
    const std::string labelled = gaps.substr(0, gaps.rfind('?')) + "y\n";
    const auto read = table(labelled, {.missing = Missing::mean_of_column});
    BOOST_TEST(read.data.size() == 4);
    BOOST_TEST(read.rows_dropped == 0);
    BOOST_TEST(read.values_filled == 2);
    BOOST_TEST((read.data.sample(1) == Tensor<float, Pair>{4, 4}));  // (1 + 5 + 6) / 3
    BOOST_TEST((read.data.sample(2) == Tensor<float, Pair>{5, 5}));  // (2 + 4 + 9) / 3
    const auto swapped = table(labelled, {.columns = {"b", "a"}, .missing = Missing::mean_of_column});
    BOOST_TEST((swapped.data.sample(1) == Tensor<float, Pair>{4, 4}));
    BOOST_TEST((swapped.data.sample(2) == Tensor<float, Pair>{5, 5}));
    const auto targets = regression("a,b,c\n2,1,1\n?,1,1\n4,1,1\n", {.missing = Missing::mean_of_column});
    BOOST_TEST(targets.sample(1)[0] == 3.0f);
    BOOST_TEST(targets.values_filled == 1);
}

BOOST_AUTO_TEST_CASE(gaps_in_labels_and_targets_have_no_mean) {
    BOOST_TEST(
        refusal(gaps, {.missing = Missing::mean_of_column}).starts_with("line 5, column \"l\": expected a label"));
    BOOST_TEST(regression_refusal("a,b,c\n1,2,\n", {.missing = Missing::mean_of_column})
                   .starts_with("line 2, column \"c\": expected a number, found an empty field"));
    BOOST_TEST(
        refusal("a,b,l\n1,?,x\n2,?,x\n", {.missing = Missing::mean_of_column}) ==
        "column \"b\": expected a number for the mean of the column, found missing values only; try other .columns");
}

BOOST_AUTO_TEST_CASE(columns_that_nobody_asks_for_are_not_judged) {
    const auto read =
        table("a,note,b,l\n1,2\" pipe,3,x\n2,\"two\nlines\",4,y\n3,,5,x\n4,1e999,6,y\n", {.columns = {"a", "b"}});
    BOOST_TEST(read.data.size() == 4);
    BOOST_TEST((read.data.sample(1) == Tensor<float, Pair>{2, 4}));
    const std::string hint = "; is the quote part of the field? try \"\" for it, and quotes around the field";
    BOOST_TEST(refusal("a,b,l\n1,2\" pipe,x\n") ==
               "line 2, column \"b\": expected quotes around the whole field or none, found \"2\" pipe\"" + hint);
    BOOST_TEST(refusal("a,b,l\n1,2,x\"y\n") ==
               "line 2, column \"l\": expected quotes around the whole field or none, found \"x\"y\"" + hint);
    BOOST_TEST(refusal("a,b\"c,l\n1,2,x\n").starts_with("line 1, column \"b\"c\": expected quotes around the whole"));
}

BOOST_AUTO_TEST_SUITE_END()
