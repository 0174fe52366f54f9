// SPDX-License-Identifier: BSL-1.0
// Fuzzes the JSON reader: a text is skipped if and only if a plain recursive reader accepts it as JSON, and a string equals
// its own meaning.
//
//     bash tests/run.sh --compiler clang++-19 fuzz
//
// The ordinary unit test tests/io/detail/json.cpp includes this file and runs the corpus and mutations of it without libFuzzer.

#include <kiln/io/detail/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace fuzz {

/// JSON by its grammar (RFC 8259), in UTF-8, with at most 64 arrays and objects within each other.
class PlainJson {
  public:
    explicit PlainJson(std::string_view text) : left_(text) {}

    bool is_whole() {
        const bool sound = value(64);
        blanks();
        return sound && left_.empty();
    }

  private:
    bool next(char c) {
        if (left_.empty() || left_[0] != c) return false;
        left_.remove_prefix(1);
        return true;
    }
    bool next_of(std::string_view letters) {
        if (left_.empty() || letters.find(left_[0]) == letters.npos) return false;
        left_.remove_prefix(1);
        return true;
    }
    bool word(std::string_view text) {
        if (!left_.starts_with(text)) return false;
        left_.remove_prefix(text.size());
        return true;
    }
    void blanks() {
        while (next_of(" \t\r\n")) {}
    }
    bool digits() {
        if (!next_of("0123456789")) return false;
        while (next_of("0123456789")) {}
        return true;
    }
    bool number() {
        next('-');
        if (!next('0') && !digits()) return false;
        if (next('.') && !digits()) return false;
        if (!next_of("eE")) return true;
        next_of("+-");
        return digits();
    }
    int unit() {
        if (left_.size() < 4) return -1;
        int value = 0;
        for (int i = 0; i < 4; ++i) {
            const auto digit = std::string_view("0123456789abcdefABCDEF").find(left_[static_cast<std::size_t>(i)]);
            if (digit == std::string_view::npos) return -1;
            value = value * 16 + static_cast<int>(digit < 16 ? digit : digit - 6);
        }
        left_.remove_prefix(4);
        return value;
    }
    bool escape() {
        if (next_of("\"\\/bfnrt")) return true;
        if (!next('u')) return false;
        const int high = unit();
        if (high < 0 || (high >= 0xdc00 && high < 0xe000)) return false;
        if (high < 0xd800 || high >= 0xe000) return true;
        if (!word("\\u")) return false;
        const int low = unit();
        return low >= 0xdc00 && low < 0xe000;
    }
    /// A letter of more than one byte. Its number must need that many bytes.
    bool letter(unsigned first) {
        const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
        if (first < 0xc0 || first >= 0xf8 || left_.size() < static_cast<std::size_t>(more)) return false;
        unsigned point = first & (0x3fu >> more);
        for (int i = 0; i < more; ++i) {
            const auto byte = static_cast<unsigned char>(left_[0]);
            if (byte >> 6 != 2) return false;
            point = point << 6 | (byte & 0x3fu);
            left_.remove_prefix(1);
        }
        const unsigned least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
        return point >= least && point <= 0x10ffff && (point < 0xd800 || point >= 0xe000);
    }
    bool string() {
        if (!next('"')) return false;
        while (!left_.empty() && left_[0] != '"') {
            const auto c = static_cast<unsigned char>(left_[0]);
            left_.remove_prefix(1);
            if (c < 0x20 || (c == '\\' && !escape()) || (c >= 0x80 && !letter(c))) return false;
        }
        return next('"');
    }
    bool value(int depth) {
        blanks();
        const bool object = next('{');
        if (!object && !next('[')) {
            if (left_.starts_with('"')) return string();
            return word("true") || word("false") || word("null") || number();
        }
        const char end = object ? '}' : ']';
        if (depth == 0) return false;
        blanks();
        if (next(end)) return true;
        do {
            blanks();
            if (object && (!string() || (blanks(), !next(':')))) return false;
            if (!value(depth - 1)) return false;
            blanks();
        } while (next(','));
        return next(end);
    }

    std::string_view left_;
};

inline std::string meaning(const kiln::io::JsonString& string) {
    std::string text;
    auto bytes = string.bytes();
    for (int c = bytes.next(); c >= 0; c = bytes.next()) text += static_cast<char>(c);
    return text;
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(input), size);
    kiln::io::JsonReader reader(text);
    reader.skip();
    reader.end();
    if (reader.good() != fuzz::PlainJson(text).is_whole()) std::abort();
    if (reader.position() > size) std::abort();

    kiln::io::JsonReader strings(text);
    const kiln::io::JsonString string = strings.string();
    if (!strings.good()) return 0;
    const std::string meant = fuzz::meaning(string);
    if (!(string == std::string_view(meant)) || !(string == kiln::io::JsonString::plain(meant))) std::abort();
    return 0;
}
