// SPDX-License-Identifier: BSL-1.0
// needs: csv.h
#define BOOST_TEST_MODULE data.detail.label_column
#include <kiln/core/shape.hpp>
#include <kiln/data/csv.hpp>

#include <boost/test/unit_test.hpp>

#include "data/table_folder.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace kiln::data;
using Texts = std::vector<std::string>;
using Numbers = std::vector<int>;
using boost::test_tools::per_element;

namespace {

struct Column : TableFolder {
    /// A table of these labels, and a value each.
    Table<kiln::Shape<1>> table(const Texts& labels, const TableFormat& format = {}) const {
        const std::string mark(1, format.delimiter);
        std::string bytes = "x" + mark + "l\n";
        for (const std::string& label : labels) bytes += "1" + mark + label + "\n";
        return read_table<kiln::Shape<1>>(write(bytes), format);
    }
    Numbers numbers(const Texts& labels, const TableFormat& format = {}) const {
        return labels_of(table(labels, format).data);
    }
    Texts names(const Texts& labels, const TableFormat& format = {}) const { return table(labels, format).classes; }
    std::string refusal(const Texts& labels, const TableFormat& format = {}) const {
        return cause([&] { table(labels, format); });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(labels, Column)

BOOST_AUTO_TEST_CASE(labels_that_are_whole_numbers_are_classes) {
    const auto read = table({"7", "0", "10"});
    BOOST_TEST(labels_of(read.data) == (Numbers{7, 0, 10}), per_element());
    BOOST_TEST(read.classes.empty());
    BOOST_TEST(read.data.classes() == 11);
    BOOST_TEST(numbers({"2147483646", "0"}) == (Numbers{2147483646, 0}), per_element());
    BOOST_TEST(numbers({"5", "5"}) == (Numbers{5, 5}), per_element());
    BOOST_TEST(numbers({"1", "1"}) == (Numbers{1, 1}), per_element());
    BOOST_TEST(numbers({"3", "2"}) == (Numbers{3, 2}), per_element());
}

BOOST_AUTO_TEST_CASE(labels_are_one_number_in_any_spelling) {
    const auto read = table({"0.0", "2.0", "10.0", "11.0", "+2", "1e1", "00", "-0", "2.", "1e-400"});
    BOOST_TEST(labels_of(read.data) == (Numbers{0, 2, 10, 11, 2, 10, 0, 0, 2, 0}), per_element());
    BOOST_TEST(read.classes.empty());
    BOOST_TEST(numbers({"+1", "0"}) == (Numbers{1, 0}), per_element());
    BOOST_TEST(numbers({"1,0", "0,0"}, {.delimiter = ';', .decimal = ','}) == (Numbers{1, 0}), per_element());
}

BOOST_AUTO_TEST_CASE(labels_below_0_or_beyond_int_are_names_in_the_order_of_numbers) {
    const auto read = table({"10", "-1", "9", "-1.0", "+9"});
    BOOST_TEST(labels_of(read.data) == (Numbers{2, 0, 1, 0, 1}), per_element());
    BOOST_TEST(read.classes == (Texts{"-1", "9", "10"}), per_element());
    BOOST_TEST(names({"99999999999", "7", "2147483647"}) == (Texts{"7", "2147483647", "99999999999"}), per_element());
}

BOOST_AUTO_TEST_CASE(labels_of_which_one_is_a_text_are_all_texts) {
    for (const std::string odd : {"x", "1 2", "0x1", "1e999", "inf"}) {
        const auto read = table({"7", odd, "10", "07"});
        Texts expected{"10", "7", "07", odd};
        std::sort(expected.begin(), expected.end());
        BOOST_TEST(read.classes == expected, per_element());
        BOOST_TEST(read.classes[static_cast<std::size_t>(read.data.label(1))] == odd);
        BOOST_TEST(read.data.classes() == 4);
    }
    // Two whole numbers that are the same double.
    BOOST_TEST(names({"9007199254740993", "9007199254740992"}).size() == 2u);
}

BOOST_AUTO_TEST_CASE(labels_are_numbered_as_told) {
    const TableFormat format{.classes = {"virginica", "setosa", "versicolor"}};
    const auto read = table({"setosa", "versicolor", "setosa"}, format);
    BOOST_TEST(labels_of(read.data) == (Numbers{1, 2, 1}), per_element());
    BOOST_TEST(read.data.classes() == 3);
    BOOST_TEST(read.classes == format.classes, per_element());
    BOOST_TEST(numbers({"5", "3", "+5", "4.0"}, {.classes = {"3", "4", "5"}}) == (Numbers{2, 0, 2, 1}), per_element());
    BOOST_TEST(numbers({"4.5", "NA"}, {.classes = {"NA", "4.5"}}) == (Numbers{1, 0}), per_element());
    BOOST_TEST(refusal({"setosa", "virginic"}, format) ==
               "line 3, column \"l\": expected one of the 3 classes, found \"virginic\"; the nearest is \"virginica\"");
    BOOST_TEST(refusal({"a"}, {.classes = {"a", "a"}}) ==
               "kiln: a CSV file needs different names in .classes, got 2, only 1 of them different");
    BOOST_TEST(refusal({"a"}, {.classes = {"a"}, .first_label = 0}) ==
               "kiln: a CSV file needs .classes or .first_label, got both; try .classes alone");
}

BOOST_AUTO_TEST_CASE(labels_that_count_from_1_are_asked_about) {
    BOOST_TEST(refusal({"3", "1.0", "2"}) ==
               "line 3, column \"l\": expected labels that count from 0, found \"1.0\"; do they count from 1? try "
               ".first_label = 1, for classes 0 to 2; or .first_label = 0, if class 0 has no samples here");
    const auto from_1 = table({"3", "1", "2.0"}, {.first_label = 1});
    BOOST_TEST(labels_of(from_1.data) == (Numbers{2, 0, 1}), per_element());
    BOOST_TEST(from_1.classes == (Texts{"1", "2", "3"}), per_element());
    BOOST_TEST(from_1.data.classes() == 3);
    const auto from_0 = table({"3", "1"}, {.first_label = 0});
    BOOST_TEST(labels_of(from_0.data) == (Numbers{3, 1}), per_element());
    BOOST_TEST(from_0.classes.empty());
    BOOST_TEST(numbers({"-1", "1"}, {.first_label = -1}) == (Numbers{0, 2}), per_element());
    BOOST_TEST(names({"7"}, {.first_label = 5}) == (Texts{"5", "6", "7"}), per_element());
}

BOOST_AUTO_TEST_CASE(labels_keep_to_the_first_label) {
    BOOST_TEST(refusal({"1", "0"}, {.first_label = 1}) ==
               "line 3, column \"l\": expected a label from 1 on, as .first_label says, found \"0\"");
    BOOST_TEST(refusal({"1", "x"}, {.first_label = 1}) ==
               "line 3, column \"l\": expected a whole number, found \"x\"; are the labels texts? try no .first_label");
    BOOST_TEST(refusal({"1", "200000000"}, {.first_label = 1}) ==
               "line 3, column \"l\": expected a label below 1000001, found \"200000000\"; is this column an id?");
    BOOST_TEST(refusal({"0", "2147483647"}, {.first_label = 0}) ==
               "line 3, column \"l\": expected a label below 2147483647, found \"2147483647\"; is this column an id?");
}

BOOST_AUTO_TEST_CASE(labels_that_are_fractions_may_be_targets) {
    BOOST_TEST(refusal({"2", "4.526", "3.5"}) ==
               "line 3, column \"l\": expected a label, found \"4.526\"; all labels are numbers, some of them not "
               "whole; is the column a target? try read_regression<S, T>(path, {.targets = …}), or name all labels in "
               ".classes");
    BOOST_TEST(names({"2.5", "high"}) == (Texts{"2.5", "high"}), per_element());
    BOOST_TEST(numbers({"2.5", "1.5"}, {.classes = {"1.5", "2.5"}}) == (Numbers{1, 0}), per_element());
}

BOOST_AUTO_TEST_CASE(labels_are_not_missing) {
    for (const std::string mark : {"?", "NA", "N/A", "NaN", "nan", "null", "NULL"})
        BOOST_TEST(refusal({"a", mark}) ==
                   "line 3, column \"l\": expected a label, found \"" + mark +
                       "\"; is it missing? try .missing = Missing::drop_row, or .missing_marks without this text");
    BOOST_TEST(refusal({"a", ""}).starts_with("line 3, column \"l\": expected a label, found an empty field; is it"));
    BOOST_TEST(refusal({"a", ""}, {.missing_marks = {}}) ==
               "line 3, column \"l\": expected a label, found an empty field");
    BOOST_TEST(refusal({"a", "-"}, {.missing_marks = {"-"}}).starts_with("line 3, column \"l\": expected a label"));
    BOOST_TEST(names({"NA", "a"}, {.missing_marks = {"-"}}) == (Texts{"NA", "a"}), per_element());
}

BOOST_AUTO_TEST_CASE(labels_of_a_column_of_ids_are_read_quickly) {
    Texts ids;
    for (int i = 0; i < 20'000; ++i) ids.push_back(std::to_string(100'000 * i));
    BOOST_TEST(table(ids).data.label(19'999) == 1'999'900'000);
    for (std::string& id : ids) id.insert(0, "id");
    BOOST_TEST(table(ids).data.classes() == 20'000);
}

BOOST_AUTO_TEST_SUITE_END()
