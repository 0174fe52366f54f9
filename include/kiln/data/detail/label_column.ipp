// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/quote.hpp>

#include <climits>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace kiln::inline KILN_TARGET::data::detail {

KILN_INLINE LabelColumn::LabelColumn(const CsvFile& file, std::size_t column, const std::vector<std::string>& classes,
                                     std::optional<int> first_label, const LabelWords& words)
    : file_(file),
      column_(column),
      classes_(classes),
      first_label_(first_label),
      words_(words),
      are_given_(!classes.empty()) {
    if (are_given_ && first_label.has_value())
        throw std::invalid_argument("kiln: a CSV file needs .classes or .first_label, got both; try .classes alone");
    for (const std::string& name : classes) texts_.try_emplace(name, read(name, static_cast<int>(texts_.size())));
    if (texts_.size() != classes.size())
        throw std::invalid_argument(concat("kiln: a CSV file needs different names in ", words.option, ", got ",
                                           classes.size(), ", only ", texts_.size(), " of them different"));
}

KILN_INLINE LabelColumn::Label LabelColumn::read(const std::string& text, int place) const {
    constexpr double exact = 9007199254740992;  // 2^53; beyond it two whole numbers may be one double
    Label label{.place = place, .line = file_.line(), .is_number = false, .is_whole = false, .value = 0};
    label.is_number = file_.is_number(text, label.value);
    label.is_whole = label.is_number && std::abs(label.value) < exact && label.value == std::floor(label.value);
    return label;
}

KILN_INLINE int LabelColumn::place() {
    const std::string_view field = file_.text(column_);
    auto found = texts_.find(field);
    if (found == texts_.end()) {
        if (field.empty()) file_.refuse(column_, words_.one);
        const std::string text(field);
        const int place = are_given_ ? place_among_classes(text) : static_cast<int>(texts_.size());
        found = texts_.try_emplace(text, read(text, place)).first;
    }
    return found->second.place;
}

// The place of the class that is the same whole number in another spelling.
KILN_INLINE int LabelColumn::place_among_classes(const std::string& text) const {
    const Label label = read(text, 0);
    for (const auto& [name, other] : texts_)
        if (label.is_whole && other.is_whole && other.value == label.value) return other.place;
    file_.refuse(column_, concat("one of the ", classes_.size(), " ", words_.all),
                 concat("the nearest is ", in_quotes(classes_[nearest(classes_, text)])));
}

KILN_INLINE void LabelColumn::number_classes() {
    if (are_given_) return;
    const auto* const no_whole = first_that([](const Label& label) { return !label.is_whole; });
    if (first_label_.has_value()) {
        if (no_whole != nullptr) refuse(*no_whole, "a whole number", "are the labels texts? try no .first_label");
        return count_from(*first_label_);
    }
    if (no_whole == nullptr) return name_by_number();
    const auto* const no_number = first_that([](const Label& label) { return !label.is_number; });
    const auto* const fraction =
        first_that([](const Label& label) { return label.is_number && label.value != std::floor(label.value); });
    if (no_number == nullptr && fraction != nullptr)
        refuse(*fraction, words_.one, concat("all labels are numbers, some of them not whole; ", words_.if_fractions));
    name_by_text();
}

KILN_INLINE void LabelColumn::name_by_text() {
    std::vector<int> numbers(texts_.size());
    for (const auto& [text, label] : texts_) {
        numbers[static_cast<std::size_t>(label.place)] = static_cast<int>(classes_.size());
        classes_.push_back(text);
    }
    renumber(numbers);
}

// Whole numbers become class numbers, or names in numerical order.
KILN_INLINE void LabelColumn::name_by_number() {
    std::map<long long, int> numbers;
    for (const auto& [text, label] : texts_) numbers.try_emplace(static_cast<long long>(label.value));
    if (numbers.begin()->first >= 0 && numbers.rbegin()->first < INT_MAX) {
        if (numbers.begin()->first == 1 && numbers.size() > 1) refuse_from_one(numbers.rbegin()->first);
        for (auto& [value, number] : numbers) number = static_cast<int>(value);
    } else {
        for (auto& [value, number] : numbers) {
            number = static_cast<int>(classes_.size());
            classes_.push_back(concat(value));
        }
    }
    std::vector<int> of_place(texts_.size());
    for (const auto& [text, label] : texts_)
        of_place[static_cast<std::size_t>(label.place)] = numbers[static_cast<long long>(label.value)];
    renumber(of_place);
}

// Without a label 0 nobody can say whether class 0 has no samples here or the labels count from 1.
KILN_INLINE void LabelColumn::refuse_from_one(long long most) const {
    refuse(*first_that([](const Label& label) { return label.value == 1; }), "labels that count from 0",
           concat("do they count from 1? try .first_label = 1, for classes 0 to ", most - 1,
                  "; or .first_label = 0, if class 0 has no samples here"));
}

// Whole numbers become class numbers that count from `first`.
KILN_INLINE void LabelColumn::count_from(int first) {
    constexpr int most = 1'000'000;  // because the names of all classes are listed, also without samples
    std::vector<int> numbers(texts_.size());
    int count = 0;
    for (const auto& label : texts_) {
        const double number = label.second.value - first;
        if (number < 0) refuse(label, concat("a label from ", first, " on, as .first_label says"), "");
        if (first != 0 ? number >= most : number >= INT_MAX)
            refuse(label, concat("a label below ", first != 0 ? 0LL + first + most : INT_MAX), "is this column an id?");
        int& place = numbers[static_cast<std::size_t>(label.second.place)];
        place = static_cast<int>(number);
        if (place >= count) count = place + 1;
    }
    if (first != 0)
        for (int i = 0; i < count; ++i) classes_.push_back(concat(0LL + first + i));
    renumber(numbers);
}

KILN_INLINE void LabelColumn::renumber(const std::vector<int>& number_of_place) {
    for (int& label : labels_) label = number_of_place[static_cast<std::size_t>(label)];
}

// The text that comes first in the file of those for which the condition is true; null if it is true for none.
const LabelColumn::Labels::value_type* LabelColumn::first_that(auto&& condition) const {
    const Labels::value_type* first = nullptr;
    for (const auto& label : texts_)
        if (condition(label.second) && (first == nullptr || label.second.line < first->second.line)) first = &label;
    return first;
}

KILN_INLINE void LabelColumn::refuse(const Labels::value_type& label, std::string_view expected,
                                     std::string_view hint) const {
    file_.refuse(label.second.line, column_, expected, label.first, hint);
}

}  // namespace kiln::inline KILN_TARGET::data::detail
