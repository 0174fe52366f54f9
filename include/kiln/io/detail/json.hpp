// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads the part of JSON (RFC 8259) that Kiln needs: objects, arrays, strings, counts and null; any other value can be
// skipped. The reader works front to back, without memory of its own and also in a constant expression: the same reader
// checks a file that is embedded in a program while the program is compiled. That is why the reader is not taken from a
// library. The caller asks for the item that should come next. If another item comes, the reader remembers the
// expectation and the place, and gives nothing from then on. Strings are returned as they stand in the text; `bytes()`
// gives their meaning.

#include <kiln/core/target.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// A string of a JSON text, between its quotes, with its escapes. Strings compare by their meaning.
class JsonString {
  public:
    constexpr JsonString() = default;
    constexpr explicit JsonString(std::string_view raw) : raw_(raw) {}
    /// A text from elsewhere, without escapes.
    static constexpr JsonString plain(std::string_view text) {
        JsonString string(text);
        string.escapes_ = false;
        return string;
    }

    /// The bytes of the string's meaning, in UTF-8, one after another.
    class Bytes {
      public:
        constexpr explicit Bytes(std::string_view raw, bool escapes = true) : left_(raw), escapes_(escapes) {}
        /// The next byte, or -1 at the end.
        constexpr int next();

      private:
        constexpr std::uint32_t code_unit();
        constexpr int first_of(std::uint32_t point);

        std::string_view left_;
        bool escapes_;
        std::uint32_t tail_ = 0;  // bytes of a code point still to come, six bits each
        int tail_bytes_ = 0;
    };
    constexpr Bytes bytes() const { return Bytes(raw_, escapes_); }
    /// The string as it stands in the text.
    constexpr std::string_view raw() const { return raw_; }

    friend constexpr std::strong_ordering operator<=>(const JsonString& a, const JsonString& b) {
        Bytes left = a.bytes(), right = b.bytes();
        for (;;) {
            const int l = left.next(), r = right.next();
            if (l != r || l < 0) return l <=> r;
        }
    }
    friend constexpr bool operator==(const JsonString& a, const JsonString& b) { return (a <=> b) == 0; }
    friend constexpr bool operator==(const JsonString& a, std::string_view text) {
        Bytes bytes = a.bytes();
        for (const char c : text)
            if (bytes.next() != static_cast<unsigned char>(c)) return false;
        return bytes.next() < 0;
    }

  private:
    std::string_view raw_;
    bool escapes_ = true;
};

/// A reader of one JSON text.
class JsonReader {
  public:
    constexpr explicit JsonReader(std::string_view text) : text_(text) {}

    /// The first expectation that was not met; nullptr while there is none.
    constexpr const char* expected() const { return expected_; }
    /// The place of that failure, or the place reached, in bytes.
    constexpr std::size_t position() const { return at_; }
    constexpr bool good() const { return expected_ == nullptr; }

    /// Reads an object; member(name) reads each value.
    constexpr void object(auto member) {
        if (!take('{', "'{'")) return;
        if (next_is('}')) return;
        do {
            const JsonString called = name();
            if (good()) member(called);
        } while (good() && next_is(','));
        take('}', "',' or '}'");
    }

    /// Reads an array; element() reads each value.
    constexpr void array(auto element) {
        if (!take('[', "'['")) return;
        if (next_is(']')) return;
        do element();
        while (good() && next_is(','));
        take(']', "',' or ']'");
    }

    /// Reads a string.
    constexpr JsonString string() {
        if (!take('"', "'\"'")) return {};
        const std::size_t first = at_;
        while (good() && peek() != '"') character();
        const std::size_t size = at_ - first;
        return take('"', "'\"'") ? JsonString(text_.substr(first, size)) : JsonString();
    }

    /// Reads a whole number that is not negative, of at most 18 digits.
    constexpr long long count() {
        skip_space();
        const std::size_t first = at_;
        long long value = 0;
        while (is_digit(peek()) && at_ - first < 18) value = value * 10 + (text_[at_++] - '0');
        const bool leads_with_zero = at_ - first > 1 && text_[first] == '0';
        if (at_ == first || leads_with_zero || is_digit(peek()) || peek() == '.' || peek() == 'e' || peek() == 'E') {
            at_ = first;
            fail("a whole number of at most 18 digits");
        }
        return value;
    }

    /// Reads null, if null comes next; otherwise gives false.
    constexpr bool null() { return next_is('n') && rest_of_word("ull"); }

    /// Skips a value of any kind, with arrays and objects up to 64 deep. The function does not call itself, so that no
    /// text decides how much of the stack is used.
    constexpr void skip() {
        std::uint64_t objects = 0;  // a bit for each array or object that is open, the innermost lowest: 1 for objects
        int depth = 0;
        do {
            if (depth > 0 && (objects & 1) != 0) name();
            const bool object = next_is('{');
            if (object || next_is('[')) {
                if (depth == 64) return fail("at most 64 arrays and objects within each other");
                if (!next_is(object ? '}' : ']')) {
                    objects = objects << 1 | std::uint64_t{object};
                    ++depth;
                    continue;
                }
            } else {
                scalar();
            }
            while (depth > 0 && good() && !next_is(',')) {
                if ((objects & 1) != 0 ? take('}', "',' or '}'") : take(']', "',' or ']'")) --depth;
                objects >>= 1;
            }
        } while (depth > 0 && good());
    }

    /// Checks that nothing but space follows.
    constexpr void end() {
        skip_space();
        if (at_ < text_.size()) fail("nothing more");
    }

    /// Records the failure of an expectation of the caller's own.
    constexpr void fail(const char* expected) {
        if (good()) expected_ = expected;
    }

  private:
    static constexpr bool is_digit(char c) { return '0' <= c && c <= '9'; }
    constexpr char peek() const { return good() && at_ < text_.size() ? text_[at_] : '\0'; }
    constexpr void skip_space() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
    }
    constexpr bool next_is(char c) {
        skip_space();
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    constexpr bool take(char c, const char* expected) {
        if (!next_is(c)) fail(expected);
        return good();
    }
    constexpr bool rest_of_word(std::string_view word) {
        for (const char c : word) {
            if (peek() != c) fail("true, false or null");
            if (!good()) return false;
            ++at_;
        }
        return true;
    }
    constexpr void digits() {
        if (!is_digit(peek())) fail("a digit");
        while (is_digit(peek())) ++at_;
    }
    constexpr void number() {
        if (peek() == '-') ++at_;
        if (peek() == '0')
            ++at_;
        else
            digits();
        if (peek() == '.') {
            ++at_;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            digits();
        }
    }
    // Skips a value that is no array and no object.
    constexpr void scalar() {
        skip_space();
        const char c = peek();
        if (c == '"')
            string();
        else if (c == '-' || is_digit(c))
            number();
        else if (c == 't' || c == 'f' || c == 'n')
            ++at_, rest_of_word(c == 't' ? "rue" : c == 'f' ? "alse" : "ull");
        else
            fail("a value");
    }
    // Reads the name of a member and the colon behind it.
    constexpr JsonString name() {
        const JsonString name = string();
        take(':', "':'");
        return name;
    }
    // Reads one character of a string, escaped or in UTF-8.
    constexpr void character() {
        const auto byte = static_cast<unsigned char>(peek());
        if (byte < 0x20) return fail("the end of a string");
        if (byte == '\\') return escape();
        const int more = byte < 0x80 ? 0 : byte < 0xc2 ? -1 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : byte < 0xf5 ? 3 : -1;
        if (more < 0 || at_ + static_cast<std::size_t>(more) >= text_.size()) return fail("UTF-8");
        for (int i = 1; i <= more; ++i) {
            const auto tail = static_cast<unsigned char>(text_[at_ + static_cast<std::size_t>(i)]);
            // No longer form than needed, no surrogate, nothing beyond U+10FFFF (Unicode 15, table 3-7).
            const unsigned low = i > 1 ? 0x80 : byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
            const unsigned high = i > 1 ? 0xbf : byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
            if (tail < low || tail > high) return fail("UTF-8");
        }
        at_ += 1 + static_cast<std::size_t>(more);
    }
    constexpr void escape() {
        ++at_;
        const char c = peek();
        if (c != 'u') {
            if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos)
                return fail("an escape sequence");
            ++at_;
            return;
        }
        const int unit = code_unit();
        if (unit >= 0xdc00 && unit < 0xe000) return fail("the first half of a surrogate pair");
        if (unit < 0xd800 || unit >= 0xe000) return;
        const bool escaped = peek() == '\\';
        if (escaped) ++at_;
        const int second = escaped && peek() == 'u' ? code_unit() : -1;
        if (second < 0xdc00 || second >= 0xe000) fail("the second half of a surrogate pair");
    }
    // Reads 'u' and four hexadecimal digits.
    constexpr int code_unit() {
        int value = 0;
        ++at_;
        for (int i = 0; i < 4; ++i, ++at_) {
            const char c = peek(), lower = static_cast<char>(c | 0x20);
            if (!is_digit(c) && (lower < 'a' || lower > 'f')) {
                fail("four hexadecimal digits");
                return -1;
            }
            value = value * 16 + (is_digit(c) ? c - '0' : lower - 'a' + 10);
        }
        return value;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    const char* expected_ = nullptr;
};

constexpr int JsonString::Bytes::next() {
    if (tail_bytes_ > 0) return static_cast<int>(0x80 | ((tail_ >> (6 * --tail_bytes_)) & 0x3f));
    if (left_.empty()) return -1;
    const char c = left_[0], escaped = escapes_ && c == '\\' ? left_[1] : '\0';
    left_.remove_prefix(escaped == '\0' ? 1 : 2);
    switch (escaped) {
    case '\0':
        return static_cast<unsigned char>(c);
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'u':
        break;
    default:
        return escaped;
    }
    const std::uint32_t unit = code_unit();
    if (unit < 0xd800 || unit >= 0xe000) return first_of(unit);
    left_.remove_prefix(2);  // the second half of a pair; the reader has checked it
    return first_of(0x10000 + ((unit - 0xd800) << 10) + (code_unit() - 0xdc00));
}

constexpr std::uint32_t JsonString::Bytes::code_unit() {
    std::uint32_t value = 0;
    for (const char c : left_.substr(0, 4))
        value = value * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    left_.remove_prefix(4);
    return value;
}

constexpr int JsonString::Bytes::first_of(std::uint32_t point) {
    tail_ = point;
    tail_bytes_ = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    constexpr std::uint32_t marks[] = {0, 0xc0, 0xe0, 0xf0};
    return static_cast<int>(marks[tail_bytes_] | (point >> (6 * tail_bytes_)));
}

}  // namespace kiln::inline KILN_TARGET::io
