// SPDX-License-Identifier: BSL-1.0
#pragma once
// Numbers from the notes (__metadata__) of a file. None may be missing, unexpected or out of range.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/io/detail/exact_number.hpp>
#include <kiln/io/detail/tensor_file.hpp>

#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// Reads the numbers in the notes of a file one by one. Each must be there once, and no other note may be there except
/// those in `others`. Integers are counts, and never negative. The first fault is kept.
class NoteReader {
  public:
    KILN_LAZY explicit NoteReader(const std::vector<Note>& notes, std::initializer_list<std::string_view> others = {});
    explicit NoteReader(const std::vector<Note>&&, std::initializer_list<std::string_view> = {}) = delete;

    /// The first fault; empty if there is none so far.
    const std::string& fault() const { return fault_; }

    /// Sets a number from the note of that name. Leaves the number alone if the note does not hold such a number.
    template <class T>
    void read(T& number, const std::string& name) {
        if constexpr (std::is_floating_point_v<T>) {
            const std::string* const text = find(name);
            if (text != nullptr && !read_exactly(*text, number)) refuse_real(name, *text);
        } else {
            // Counts go on from the number that is read, so one step short of overflowing is refused too.
            constexpr auto largest = static_cast<unsigned long long>(std::numeric_limits<T>::max());
            unsigned long long count = 0;
            if (read_count(count, largest - std::is_signed_v<T>, name)) number = static_cast<T>(count);
        }
    }

    /// Records the fault of a note.
    KILN_LAZY void refuse(std::string_view name, std::string_view cause);

    /// To be called after all numbers are read: refuses notes that are left over.
    KILN_LAZY void end();

  private:
    // The only note of that name; nullptr, with a fault recorded, if there is none or there are several.
    KILN_LAZY const std::string* find(const std::string& name);
    KILN_LAZY bool read_count(unsigned long long& count, unsigned long long most, const std::string& name);
    KILN_LAZY void refuse_real(const std::string& name, const std::string& text);

    const std::vector<Note>& notes_;
    std::vector<char> read_;  // 1 for notes read; a std::vector<bool> would compile more slowly
    std::string fault_;
};

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/detail/note_reader.ipp>
#endif
