// SPDX-License-Identifier: BSL-1.0
#pragma once
// The column of labels of a table, and the numbers of the classes that they become:
//
//   the classes are given           a label is the place of its text among them, or of a text that is the same number
//   all labels are whole numbers    they are the numbers of the classes, in any spelling, from 0 or `first_label` on;
//                                   refused if they seem to count from 1 and nobody says so; where some are below 0, or
//                                   beyond int, they are names, in the order of numbers
//   all are numbers, not all whole  refused: they are targets of a regression
//   otherwise                       they are names, in the order of their bytes

#include <kiln/core/compiled.hpp>
#include <kiln/core/target.hpp>
#include <kiln/data/csv_file.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET::data::detail {

/// The labels of a file, row by row, and then all at once.
class LabelColumn {
  public:
    /// Throws std::invalid_argument if two classes have one name, or `first_label` is given as well.
    LabelColumn(const CsvFile& file, std::size_t column, const std::vector<std::string>& classes,
                std::optional<int> first_label);

    /// Takes the label of the current row.
    void add();

    /// After the last row: numbers the classes.
    void number_classes();
    /// For each row the number of its class.
    std::vector<int>& labels() { return labels_; }
    /// The names of all classes; none if a label is its number in the file.
    std::vector<std::string>& classes() { return classes_; }

  private:
    // One text of the column.
    struct Label {
        int place;         // in the order in which texts come, or among the classes given
        std::size_t line;  // where it comes first
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
    bool are_given_;
    Labels texts_;
    std::vector<int> labels_;
};

}  // namespace kiln::inline KILN_TARGET::data::detail

#ifndef KILN_COMPILED
#include <kiln/data/label_column.ipp>
#endif
