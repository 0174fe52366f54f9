// SPDX-License-Identifier: BSL-1.0
#pragma once
// The column of labels of a table, and the class numbers that labels become:
//
//   the classes are given           a label's number is the place of its text in the list, or of another spelling of
//                                   the same whole number
//   all labels are whole numbers    they are the class numbers, in any spelling, from 0 or `first_label` on; refused if
//                                   they seem to count from 1 and first_label is not given; if some are negative or
//                                   beyond int, they are names, in numerical order
//   all are numbers, not all whole  refused: they are targets of a regression
//   otherwise                       they are names, in the order of their bytes

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>
#include <kiln/data/detail/csv_file.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET::data::detail {

/// The words of messages about a column: one of its texts, all of them, the option that lists them, and the advice if they
/// are fractions.
struct LabelWords {
    const char* one = "a label";
    const char* all = "classes";
    const char* option = ".classes";
    const char* if_fractions =
        "is the column a target? try read_regression<S, T>(path, {.targets = …}), or name all labels "
        "in .classes";
};
/// The words about a label and about another category, where a format has .categories.
inline constexpr LabelWords label_words{
    .option = ".categories",
    .if_fractions =
        "is the target a number? try Tensor<float, Shape<1>> as its type, or name all labels in .categories"};
inline constexpr LabelWords category_words{.one = "a category", .all = "categories", .option = ".categories"};

/// The labels of a file: taken row by row, then numbered all at once.
class LabelColumn {
  public:
    /// Throws std::invalid_argument if two classes have one name, or if `first_label` is given as well as classes.
    LabelColumn(const CsvFile& file, std::size_t column, const std::vector<std::string>& classes,
                std::optional<int> first_label, const LabelWords& words = {});

    /// Takes the label of the current row.
    void add() { labels_.push_back(place()); }
    /// The place of the label of the current row in the list of classes; without a list, in the order of first occurrence.
    int place();

    /// After the last row: numbers the classes.
    void number_classes();
    /// The class number of each row.
    std::vector<int>& labels() { return labels_; }
    /// The names of all classes; empty if a label in the file is the class number itself.
    std::vector<std::string>& classes() { return classes_; }

  private:
    // One text in the column.
    struct Label {
        int place;         // in the order of first occurrence, or in the list of classes
        std::size_t line;  // the line of its first occurrence
        bool is_number, is_whole;
        double value;
    };
    using Labels = std::map<std::string, Label, std::less<>>;

    Label read(const std::string& text, int place) const;
    const Labels::value_type* first_that(auto&& condition) const;
    [[noreturn]] void refuse(const Labels::value_type& label, std::string_view expected, std::string_view hint) const;
    int place_among_classes(const std::string& text) const;
    void name_by_text();
    void name_by_number();
    void count_from(int first);
    [[noreturn]] void refuse_from_one(long long most) const;
    void renumber(const std::vector<int>& number_of_place);

    const CsvFile& file_;
    std::size_t column_;
    std::vector<std::string> classes_;
    std::optional<int> first_label_;
    LabelWords words_;
    bool are_given_;
    Labels texts_;
    std::vector<int> labels_;
};

}  // namespace kiln::inline KILN_TARGET::data::detail

#ifndef KILN_COMPILED
#include <kiln/data/detail/label_column.ipp>
#endif
