// SPDX-License-Identifier: BSL-1.0
#pragma once
// Numbers out of the notes (__metadata__) of a file, none missing, none too many, none that cannot be.

#include <kiln/core/compiled.hpp>
#include <kiln/io/exact_number.hpp>
#include <kiln/io/tensor_file.hpp>

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
    KILN_LAZY explicit NoteReader(const std::vector<Note>& notes, std::initializer_list<std::string_view> others = {});
    explicit NoteReader(const std::vector<Note>&&, std::initializer_list<std::string_view> = {}) = delete;

    /// Empty if all is well so far.
    const std::string& fault() const { return fault_; }

    /// Sets a number to what the note of that name says; leaves it alone if that is no such number.
    template <class T>
    void read(T& number, const std::string& name) {
        if constexpr (std::is_floating_point_v<T>) {
            const std::string* const text = find(name);
            if (text != nullptr && !read_exactly(*text, number)) refuse_real(name, *text);
        } else {
            // Counts go on from what is read: one step short of overflowing is too far.
            constexpr auto largest = static_cast<unsigned long long>(std::numeric_limits<T>::max());
            unsigned long long count = 0;
            if (read_count(count, largest - std::is_signed_v<T>, name)) number = static_cast<T>(count);
        }
    }

    /// Says what is wrong with a note.
    KILN_LAZY void refuse(std::string_view name, std::string_view cause);

    /// Once all are read: nothing may be left over.
    KILN_LAZY void end();

  private:
    // The only note of that name; nullptr, and a fault, if there is none, or several.
    KILN_LAZY const std::string* find(const std::string& name);
    KILN_LAZY bool read_count(unsigned long long& count, unsigned long long most, const std::string& name);
    KILN_LAZY void refuse_real(const std::string& name, const std::string& text);

    const std::vector<Note>& notes_;
    std::vector<char> read_;  // whether; a std::vector<bool> would take longer to compile
    std::string fault_;
};

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/note_reader.ipp>
#endif
