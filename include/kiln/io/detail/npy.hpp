// SPDX-License-Identifier: BSL-1.0
#pragma once
// Arrays in numpy's format (NEP 1; numpy/lib/format.py), versions 1 to 3. A file holds "\x93NUMPY", the version in two
// bytes, the length of the rest of the header in two bytes or (from version 2) four, a literal of a Python dictionary,
// padding, a new line, and the elements:
//
//   {'descr': '<f4', 'fortran_order': False, 'shape': (8, 1, 3, 3), }
//
// The first letter of the type gives the order of bytes. In Fortran order the first index runs fastest.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/io/detail/stored_tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// The header of an array, which stands before the elements.
struct NpyHeader {
    std::size_t size = 0;  ///< bytes before the elements
    ElementType type;      ///< its name is as in the text
    StoredShape shape;
    bool big_endian = false;
    bool first_fastest = false;  ///< Fortran order

    const char* expected = nullptr;  ///< the first expectation that was not met; nullptr if there is none
    std::size_t position = 0;        ///< the place of that failure
};

/// The longest header that is read, as in numpy.
inline constexpr std::size_t longest_npy_header = 10'000;

/// The header's length, from its first 12 bytes; 0 if they do not begin a header.
constexpr std::uint64_t npy_header_size(std::string_view start) {
    if (start.size() < 12 || !start.starts_with("\x93NUMPY")) return 0;
    const int version = start[6];
    if (version < 1 || version > 3 || start[7] != 0) return 0;
    if (version == 1) return 10 + std::uint64_t{detail::read_bits<std::uint16_t>(start.data() + 8)};
    return 12 + std::uint64_t{detail::read_bits<std::uint32_t>(start.data() + 8)};
}

namespace detail {

// The type of numbers with that text in a file, such as "<f4"; without an encoding if they are not real numbers.
constexpr ElementType npy_type(std::string_view name) {
    const bool has_order = name.size() == 3 && (name[0] == '<' || name[0] == '>') && name[1] == 'f';
    if (has_order && name[2] == '2') return {name, 16, Encoding::float16};
    if (has_order && name[2] == '4') return {name, 32, Encoding::float32};
    if (has_order && name[2] == '8') return {name, 64, Encoding::float64};
    return {name};
}

// The dictionary of a header, which ends at `header.size`.
class NpyDictionary {
  public:
    constexpr NpyDictionary(NpyHeader& header, std::string_view text) : header_(header), text_(text) {
        at_ = text.size() < 8 || text[6] == 1 ? 10 : 12;
    }

    constexpr void read() {
        int types = 0, orders = 0, shapes = 0;
        take("{");
        while (good() && !next_is("}")) {
            const std::string_view name = string();
            take(":");
            if (name == "descr" && types++ == 0)
                type();
            else if (name == "fortran_order" && orders++ == 0)
                header_.first_fastest = truth();
            else if (name == "shape" && shapes++ == 0)
                shape();
            else
                fail("'descr', 'fortran_order' and 'shape', each once");
            if (!next_is(",") && peek() != '}') fail("',' or '}'");
        }
        if (types != 1 || orders != 1 || shapes != 1) fail("'descr', 'fortran_order' and 'shape', each once");
        skip_space();
        if (at_ < text_.size()) fail("nothing more before the elements");
    }

  private:
    constexpr bool good() const { return header_.expected == nullptr; }
    constexpr char peek() const { return good() && at_ < text_.size() ? text_[at_] : '\0'; }
    constexpr void fail(const char* expected) {
        if (!good()) return;
        header_.expected = expected;
        header_.position = at_;
    }
    constexpr void skip_space() {
        while (peek() == ' ' || peek() == '\n') ++at_;
    }
    constexpr bool next_is(std::string_view word) {
        skip_space();
        if (!good() || !text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    constexpr void take(const char* word) {
        if (!next_is(word)) fail(word);
    }

    // Reads a text in quotes of either kind, and gives it without them. numpy writes no escapes for types without fields.
    constexpr std::string_view string() {
        skip_space();
        const std::size_t first = at_;
        const char quote = peek();
        if (quote != '\'' && quote != '"') {
            fail("a text in quotes");
            return {};
        }
        ++at_;
        while (peek() >= ' ' && peek() < 127 && peek() != '\\' && peek() != quote && at_ - first < 32) ++at_;
        if (peek() != quote) fail("the end of a short text");
        ++at_;
        return good() ? text_.substr(first + 1, at_ - first - 2) : std::string_view();
    }

    constexpr void type() {
        skip_space();
        if (peek() == '[' || peek() == '(') return fail("a type such as '<f4', without fields");
        header_.type = npy_type(string());
        header_.big_endian = header_.type.bits > 0 && header_.type.name[0] == '>';
    }
    constexpr bool truth() {
        const bool value = next_is("True");
        if (!value && !next_is("False")) fail("True or False");
        return value;
    }
    // Reads a tuple: (), (3,), (3, 4).
    constexpr void shape() {
        take("(");
        bool comma = true;
        while (good() && !next_is(")")) {
            if (!comma) fail("',' or ')'");
            header_.shape.append(size());
            comma = next_is(",");
        }
        if (header_.shape.rank == 1 && !comma) fail("a ',' after the only size");
    }
    constexpr long long size() {
        skip_space();
        const std::size_t first = at_;
        long long value = 0;
        for (; '0' <= peek() && peek() <= '9' && at_ - first < 18; ++at_) value = value * 10 + (peek() - '0');
        if (at_ == first || ('0' <= peek() && peek() <= '9')) fail("a size of at most 18 digits");
        if (peek() == 'L') ++at_;  // a long integer of Python 2
        return value;
    }

    NpyHeader& header_;
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace detail

/// Reads the header at the beginning of a text. The name of the type refers to the text.
constexpr NpyHeader read_npy_header(std::string_view text) {
    NpyHeader header;
    const auto refuse = [&](const char* expected, std::size_t position) {
        header.expected = expected;
        header.position = position;
        return header;
    };
    if (!text.starts_with("\x93NUMPY")) return refuse("an array of numpy", 0);
    if (text.size() < 12) return refuse("12 bytes or more", text.size());
    const std::uint64_t size = npy_header_size(text);
    if (size == 0) return refuse("version 1, 2 or 3 of numpy's format", 6);
    if (size > longest_npy_header) return refuse("a header of at most 10,000 bytes", 8);
    if (size > text.size()) return refuse("more of the header", text.size());
    header.size = static_cast<std::size_t>(size);
    detail::NpyDictionary(header, text.substr(0, header.size)).read();
    return header;
}

/// Brings an array's elements into the order of StoredTensor: the last index fastest, the lowest byte first.
KILN_LAZY void reorder(std::string& elements, const NpyHeader& header);

/// The header of an array of float32 in the order of StoredTensor, as numpy writes it: a multiple of 64 bytes long.
KILN_LAZY std::string npy_header_text(const Extents& extents);

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/detail/npy.ipp>
#endif
