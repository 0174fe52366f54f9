// SPDX-License-Identifier: BSL-1.0
// needs: csv.h
#define BOOST_TEST_MODULE data.csv_columns
#include <kiln/core/several_targets.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/csv.hpp>

#include <boost/test/unit_test.hpp>

#include "data/table_folder.hpp"

#include <cstddef>
#include <span>
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

// A car: two numbers and a category go in; a label, two numbers and another label are wanted.
using In = kiln::Shapes<Pair, Shape<1, 4>>;
using Wanted = kiln::SeveralTargets<int, Tensor<float, Pair>, int>;
const std::string cars = "weight,origin,make,power,price,doors,age\n"
                         "1,USA,ford,2,30,4,5\n"
                         "3,Japan,honda,4,20,2,6\n"
                         "5,Europe,bmw,6,10,0,7\n";
const ColumnFormat car_columns{.inputs = {{"power", "weight"}, {"origin", "age"}},
                               .targets = {"make", {"price", "weight"}, "doors"},
                               .categories = {{"origin", {"Europe", "Japan", "USA"}}}};

struct Several : TableFolder {
    ColumnTable<In, Wanted> table(const std::string& bytes, const ColumnFormat& format = car_columns) const {
        return read_table<In, Wanted>(write(bytes), format);
    }
    std::string refusal(const std::string& bytes, const ColumnFormat& format = car_columns) const {
        return cause([&] { table(bytes, format); });
    }
    // The message about car_columns after a change.
    std::string refusal_if(auto change) const {
        ColumnFormat format = car_columns;
        change(format);
        return refusal(cars, format);
    }
};

// The cars with one text in the place of another.
std::string cars_with(const std::string& text, const std::string& instead) {
    std::string changed = cars;
    return changed.replace(changed.find(instead), instead.size(), text);
}

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

BOOST_FIXTURE_TEST_SUITE(several, Several)

BOOST_AUTO_TEST_CASE(columns_feed_several_inputs_and_targets) {
    const auto read = table(cars);
    BOOST_TEST_REQUIRE(read.data.size() == 3);
    BOOST_TEST((read.data.sample(0) == Tensor<float, In>{{2, 1}, {0, 0, 1, 5}}));
    BOOST_TEST((read.data.sample(1) == Tensor<float, In>{{4, 3}, {0, 1, 0, 6}}));
    BOOST_TEST((read.data.sample(2) == Tensor<float, In>{{6, 5}, {1, 0, 0, 7}}));
    const Wanted& second = read.data.target(1);
    BOOST_TEST(second.get<0>() == 2);  // bmw, ford, honda
    BOOST_TEST((second.get<1>() == Tensor<float, Pair>{20, 3}));
    BOOST_TEST(second.get<2>() == 2);
    BOOST_TEST_REQUIRE(read.classes.size() == 3u);
    BOOST_TEST(read.classes[0] == (std::vector<std::string>{"bmw", "ford", "honda"}), per_element());
    BOOST_TEST(read.classes[1].empty());
    BOOST_TEST(read.classes[2].empty());
}

BOOST_AUTO_TEST_CASE(categories_number_labels_and_fill_tensors_of_targets) {
    ColumnFormat format = car_columns;
    format.categories.push_back({"make", {"honda", "ford", "bmw", "audi"}});
    format.first_label = 0;  // of the doors, which have no categories
    const auto read = table(cars, format);
    BOOST_TEST(read.data.target(0).get<0>() == 1);
    BOOST_TEST(read.classes[0].size() == 4u);
    // One input, and one target that is a tensor of a number and a category; bytes instead of a file.
    const auto one = read_table<Pair, Tensor<float, Shape<4>>>(
        std::as_bytes(std::span(cars.data(), cars.size())),
        {.inputs = {{"power", "weight"}}, .targets = {{"age", "origin"}}, .categories = car_columns.categories});
    BOOST_TEST((one.data.target(2) == Tensor<float, Shape<4>>{7, 1, 0, 0}));
    const auto labelled =
        read_table<One, int>(write(cars), {.inputs = {"age"}, .targets = {"doors"}, .first_label = 0});
    BOOST_TEST(labels_of(labelled.data) == (std::vector{4, 2, 0}), per_element());
    const auto named = read_table<One, int>(
        write(cars), {.inputs = {"age"}, .targets = {"doors"}, .categories = {{"doors", {"0", "2", "4", "6"}}}});
    BOOST_TEST(labels_of(named.data) == (std::vector{2, 1, 0}), per_element());
    BOOST_TEST(named.data.classes() == 4);
}

BOOST_AUTO_TEST_CASE(columns_of_several_inputs_with_gaps_are_refused_dropped_or_filled) {
    const std::string no_power = cars_with("3,Japan,honda,?", "3,Japan,honda,4"), no_origin = cars_with("", "USA"),
                      no_make = cars_with("NA", "ford"), no_price = cars_with("", "30");
    BOOST_TEST(refusal(no_power).starts_with("line 3, column \"power\": expected a number, found \"?\""));
    BOOST_TEST(refusal(no_make) == "line 2, column \"make\": expected a target, found \"NA\"; is it missing? try "
                                   ".missing = Missing::drop_row, or .missing_marks without this text");
    BOOST_TEST(refusal(no_price).starts_with("line 2, column \"price\": expected a target, found an empty field"));

    ColumnFormat format = car_columns;
    format.missing = Missing::mean_of_column;
    const auto filled = table(no_power, format);
    BOOST_TEST(filled.values_filled == 1);
    BOOST_TEST((filled.data.sample(1) == Tensor<float, In>{{4, 3}, {0, 1, 0, 6}}));  // (2 + 6) / 2
    const auto age = table(cars_with("2,?", "2,6"), format);
    BOOST_TEST((age.data.sample(1) == Tensor<float, In>{{4, 3}, {0, 1, 0, 6}}));  // (5 + 7) / 2
    BOOST_TEST(
        refusal(no_origin, format) ==
        "line 2, column \"origin\": expected one of the 3 categories, found an empty field; is the value missing? try "
        ".missing = Missing::drop_row, or its text in .categories");
    BOOST_TEST(refusal(no_make, format).starts_with("line 2, column \"make\": expected a target"));

    format.missing = Missing::drop_row;
    for (const std::string& bytes : {no_power, no_origin, no_make, no_price}) {
        const auto dropped = table(bytes, format);
        BOOST_TEST(dropped.rows_dropped == 1);
        BOOST_TEST(dropped.data.size() == 2);
        BOOST_TEST(dropped.data.target(1).get<2>() == 0);
    }
    // A mark that is named among the categories is one of them.
    format.missing = Missing::refuse;
    format.categories = {{"origin", {"", "Japan", "Europe"}}, {"make", {"bmw", "NA", "honda"}}};
    const auto named = table(cars_with("1,,NA", "1,USA,ford"), format);
    BOOST_TEST(named.data.target(0).get<0>() == 1);
    BOOST_TEST((named.data.sample(0) == Tensor<float, In>{{2, 1}, {1, 0, 0, 5}}));
}

BOOST_AUTO_TEST_CASE(categories_that_are_unknown_are_refused) {
    BOOST_TEST(refusal(cars_with("Japn", "Japan")) ==
               "line 3, column \"origin\": expected one of the 3 categories, found \"Japn\"; the nearest is \"Japan\"");
    ColumnFormat format = car_columns;
    format.categories.push_back({"make", {"ford", "bmw"}});
    BOOST_TEST(refusal(cars, format) ==
               "line 3, column \"make\": expected one of the 2 classes, found \"honda\"; the nearest is \"ford\"");
    BOOST_TEST(refusal("weight,origin,make,power,price,doors,age\n1,USA,ford,2,30,1,5\n1,USA,ford,2,30,2,5\n")
                   .starts_with("line 2, column \"doors\": expected labels that count from 0"));
    BOOST_TEST(refusal(cars_with("4.5", "4")).find("try Tensor<float, Shape<1>> as its type") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(columns_that_do_not_fit_inputs_and_targets_are_named) {
    BOOST_TEST(refusal_if([](auto& f) { f.inputs[1].names[1] = "Age"; }) ==
               "expected a column \"Age\", found none; the nearest is \"age\"");
    BOOST_TEST(refusal_if([](auto& f) { f.inputs.pop_back(); }) ==
               "kiln: a CSV file needs 2 lists of names in .inputs, one for each input, got 1");
    BOOST_TEST(refusal_if([](auto& f) { f.targets = {}; }) ==
               "kiln: a CSV file needs 3 lists of names in .targets, one for each target, got 0");
    BOOST_TEST(refusal_if([](auto& f) { f.inputs[0] = "power"; }) ==
               "kiln: a CSV file needs columns of 2 values in .inputs[0], got columns of 1");
    BOOST_TEST(
        refusal_if([](auto& f) {
            f.inputs[1] = {"origin", "age", "doors"};
        }) ==
        "kiln: a CSV file needs columns of 4 values in .inputs[1], got columns of 5; a column in .categories has a "
        "value for each text");
    BOOST_TEST(refusal_if([](auto& f) {
                   f.targets[2] = {"doors", "age"};
               }) == "kiln: a CSV file needs one column in .targets[2], that of a label, got 2");
    BOOST_TEST(refusal_if([](auto& f) {
                   f.inputs[0] = {"power", "power"};
               }) == "kiln: a CSV file needs different columns in .inputs[0], got \"power\" twice");
    BOOST_TEST(refusal_if([](auto& f) { f.categories.push_back(f.categories[0]); }) ==
               "kiln: a CSV file needs different columns in .categories, got \"origin\" twice");
    BOOST_TEST(refusal_if([](auto& f) {
                   f.categories.push_back({"model", {"a"}});
               }) == "kiln: a CSV file needs columns in .categories that .inputs or .targets name, got \"model\"");
    BOOST_TEST(refusal_if([](auto& f) { f.categories[0].texts.clear(); }) ==
               "kiln: a CSV file needs the texts of column \"origin\" in .categories, got none");
    BOOST_TEST(refusal_if([](auto& f) {
                   f.categories[0].texts = {"USA", "USA", "Japan"};
               }) == "kiln: a CSV file needs different names in .categories, got 3, only 2 of them different");
    BOOST_TEST(
        cause([&] {
            read_table<Pair, int>(write(cars), {.inputs = {"power", "weight"}, .targets = {"doors"}});
        }) ==
        "kiln: a CSV file needs 1 list of names in .inputs, one for each input, got 2; try {{\"a\", \"b\"}} for one "
        "list of two names");
}

BOOST_AUTO_TEST_SUITE_END()
