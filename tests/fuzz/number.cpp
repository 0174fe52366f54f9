// SPDX-License-Identifier: BSL-1.0
// Fuzzes the two readers of numbers. That of tables (data/detail/number.hpp) must agree with the C library; that of notes
// (io/detail/exact_number.hpp) must take only texts that it would write.
//
//     bash tests/run.sh --compiler clang++-19 fuzz
//
// The ordinary unit test tests/io/detail/exact_number.cpp includes this file and runs the corpus and mutations of it without
// libFuzzer.

#include <kiln/data/detail/number.hpp>
#include <kiln/io/detail/exact_number.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace fuzz {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether a text is a decimal number: a sign if any, digits with a point among them if any, an exponent if any.
inline bool is_decimal(std::string_view text) {
    const auto digits = [&] {
        std::size_t n = 0;
        while (n < text.size() && is_digit(text[n])) ++n;
        text.remove_prefix(n);
        return n;
    };
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    std::size_t count = digits();
    if (text.starts_with(".")) {
        text.remove_prefix(1);
        count += digits();
    }
    if (count == 0) return false;
    if (text.empty()) return true;
    if (text[0] != 'e' && text[0] != 'E') return false;
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    return digits() > 0 && text.empty();
}

template <class T>
void check_read(const std::string& text, char decimal, T expected) {
    using kiln::data::detail::NumberFault;
    T value = 0;
    const NumberFault fault = kiln::data::detail::read_number(text, decimal, value);
    std::string with_point = text;
    for (char& c : with_point)
        if (c == decimal) c = '.';
    const bool foreign = decimal != '.' && text.find('.') != text.npos;
    if (foreign || !is_decimal(with_point)) {
        if (fault == NumberFault::none || fault == NumberFault::too_large) std::abort();
    } else if (std::isinf(expected)) {
        if (fault != NumberFault::too_large) std::abort();
    } else if (fault != NumberFault::none || value != expected) {
        std::abort();
    }
}

template <class T>
void check_exact(const std::string& text) {
    T value = 0;
    if (kiln::io::read_exactly(text, value) && kiln::io::exact_text(value) != text) std::abort();
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(input), size);
    for (const char decimal : {'.', ','}) {
        std::string with_point = text;
        for (char& c : with_point)
            if (c == decimal) c = '.';
        fuzz::check_read<float>(text, decimal, std::strtof(with_point.c_str(), nullptr));
        fuzz::check_read<double>(text, decimal, std::strtod(with_point.c_str(), nullptr));
    }
    fuzz::check_exact<float>(text);
    fuzz::check_exact<double>(text);
    fuzz::check_exact<int>(text);
    fuzz::check_exact<std::uint64_t>(text);
    fuzz::check_exact<bool>(text);
    return 0;
}
