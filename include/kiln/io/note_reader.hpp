// SPDX-License-Identifier: BSL-1.0
#pragma once
// Numbers out of the notes (__metadata__) of a file, none missing, none too many, none that cannot be.

#include <kiln/core/quote.hpp>
#include <kiln/io/exact_number.hpp>
#include <kiln/io/tensor_file.hpp>

#include <cstddef>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// Reads the numbers in the notes of a file one by one. Each has to be there once, nothing else may be there but the notes
/// in `others`, and integers are counts: never negative. What is wrong first is kept.
class NoteReader {
  public:
    explicit NoteReader(const std::vector<Note>& notes, std::initializer_list<std::string_view> others = {})
        : notes_(notes),
          read_(notes.size()) {
        for (std::size_t i = 0; i < notes.size(); ++i)
            for (const std::string_view other : others) read_[i] = read_[i] || notes[i].key == other;
    }

    explicit NoteReader(const std::vector<Note>&&, std::initializer_list<std::string_view> = {}) = delete;

    /// Empty if all is well so far.
    const std::string& fault() const { return fault_; }

    /// Sets a number to what the note of that name says; leaves it alone if that is no such number.
    template <class T>
    void read(T& number, const std::string& name) {
        const std::string* const text = find(name);
        if (text == nullptr) return refuse(name, "expected, found none of that name" + nearest_to(name));
        T value{};
        const bool sound = read_exactly(*text, value) && (!is_count<T> || (value >= T{} && value <= most<T>));
        if (!sound) return refuse(name, "expected " + wanted<T>() + ", found " + in_quotes(*text));
        number = value;
    }

    /// Says what is wrong with a note.
    void refuse(std::string_view name, const std::string& cause) {
        if (fault_.empty()) fault_ = "note " + in_quotes(name) + ": " + cause;
    }

    /// Once all are read: nothing may be left over.
    void end() {
        for (std::size_t i = 0; i < notes_.size(); ++i)
            if (!read_[i]) refuse(notes_[i].key, "expected none of that name; was it written by another optimizer?");
    }

  private:
    // Counts go on from what is read: one step short of overflowing is too far.
    template <class T>
    static constexpr bool is_count = std::is_integral_v<T>&& std::is_signed_v<T>;
    template <class T>
    static constexpr T most = std::numeric_limits<T>::max() - (is_count<T> ? 1 : 0);

    // The only note of that name; nullptr if there is none, or several.
    const std::string* find(std::string_view name) {
        const std::string* found = nullptr;
        for (std::size_t i = 0; i < notes_.size(); ++i) {
            if (notes_[i].key != name) continue;
            if (found != nullptr) return refuse(name, "expected once, found twice"), nullptr;
            found = &notes_[i].value;
            read_[i] = true;
        }
        return found;
    }

    template <class T>
    static std::string wanted() {
        if constexpr (std::is_floating_point_v<T>)
            return "a number such as " + in_quotes(exact_text(T(0.5)));
        else
            return "an integer from 0 to " + std::to_string(most<T>);
    }
    std::string nearest_to(std::string_view name) const {
        std::vector<std::string> names;
        for (const Note& note : notes_) names.push_back(note.key);
        return names.empty() ? "" : "; the nearest is " + in_quotes(names[nearest(names, name)]);
    }

    const std::vector<Note>& notes_;
    std::vector<char> read_;  // whether; a std::vector<bool> would take longer to compile
    std::string fault_;
};

}  // namespace kiln::inline KILN_TARGET::io
