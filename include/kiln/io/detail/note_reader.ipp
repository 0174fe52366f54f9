// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/quote.hpp>

#include <cstddef>

namespace kiln::inline KILN_TARGET::io {

KILN_LAZY_DEFINITION NoteReader::NoteReader(const std::vector<Note>& notes,
                                            std::initializer_list<std::string_view> others)
    : notes_(notes),
      read_(notes.size()) {
    for (std::size_t i = 0; i < notes.size(); ++i)
        for (const std::string_view other : others) read_[i] = read_[i] || notes[i].key == other;
}

KILN_LAZY_DEFINITION void NoteReader::refuse(std::string_view name, std::string_view cause) {
    if (fault_.empty()) fault_ = concat("note ", in_quotes(name), ": ", cause);
}

KILN_LAZY_DEFINITION void NoteReader::end() {
    for (std::size_t i = 0; i < notes_.size(); ++i)
        if (!read_[i])
            refuse(notes_[i].key,
                   "expected no note of that name, found one; was the file written by another optimizer?");
}

KILN_LAZY_DEFINITION const std::string* NoteReader::find(const std::string& name) {
    const std::string* found = nullptr;
    for (std::size_t i = 0; i < notes_.size(); ++i) {
        if (notes_[i].key != name) continue;
        if (found != nullptr) return refuse(name, "expected once, found twice"), nullptr;
        found = &notes_[i].value;
        read_[i] = true;
    }
    if (found != nullptr) return found;
    std::vector<std::string> names;
    for (const Note& note : notes_) names.push_back(note.key);
    refuse(name, concat("expected this note, found none of that name", names.empty() ? "" : "; the nearest is ",
                        names.empty() ? "" : in_quotes(names[nearest(names, name)])));
    return nullptr;
}

KILN_LAZY_DEFINITION bool NoteReader::read_count(unsigned long long& count, unsigned long long most,
                                                 const std::string& name) {
    const std::string* const text = find(name);
    if (text == nullptr) return false;
    if (read_exactly(*text, count) && count <= most) return true;
    refuse(name, concat("expected an integer from 0 to ", most, ", found ", in_quotes(*text)));
    return false;
}

KILN_LAZY_DEFINITION void NoteReader::refuse_real(const std::string& name, const std::string& text) {
    refuse(name, concat("expected a number such as \"0.5\", found ", in_quotes(text)));
}

}  // namespace kiln::inline KILN_TARGET::io
