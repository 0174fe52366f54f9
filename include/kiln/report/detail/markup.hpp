// SPDX-License-Identifier: BSL-1.0
#pragma once
// Text, numbers and tables in the form of an HTML page. Numbers are not spelled by printf, because its decimal point
// depends on the locale: a comma would break the coordinates of a drawing.

#include <kiln/core/target.hpp>

#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::report {

/// Text that HTML shows unchanged, between tags and within quotes. Control characters, which HTML cannot hold, become
/// replacement characters.
inline std::string escaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '&')
            result += "&amp;";
        else if (c == '<')
            result += "&lt;";
        else if (c == '>')
            result += "&gt;";
        else if (c == '"')
            result += "&quot;";
        else if (c == '\'')
            result += "&#39;";
        else if ((code < 0x20 && c != '\n' && c != '\t') || code == 0x7f)
            result += "\ufffd";
        else
            result += c;
    }
    return result;
}

/// An integer in groups of three digits: 62,192.
inline std::string grouped(long long value) {
    const std::string digits = std::to_string(value);
    const std::size_t first = value < 0 ? 1 : 0;
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > first && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

constexpr bool is_finite(double value) { return value - value == 0; }

namespace detail {
constexpr double power_of_ten(int exponent) {
    double power = 1;
    for (; exponent > 0; --exponent) power *= 10;
    for (; exponent < 0; ++exponent) power /= 10;
    return power;
}
}  // namespace detail

/// A number with `decimals` decimals (at most 9): 0.1230. NaN becomes a dash; from 10^9 on there are no decimals.
inline std::string fixed(double value, int decimals) {
    if (!is_finite(value)) return value != value ? "–" : value < 0 ? "-∞" : "∞";
    const double magnitude = value < 0 ? -value : value;
    if (magnitude >= 1e18) return value < 0 ? "< -10^18" : "> 10^18";
    if (magnitude >= 1e9) decimals = 0;
    long long power = 1;
    for (int i = 0; i < decimals; ++i) power *= 10;
    const auto scaled = static_cast<long long>(magnitude * static_cast<double>(power) + 0.5);
    std::string text = std::to_string(scaled / power);
    if (decimals > 0) {
        const std::string rest = std::to_string(scaled % power);
        text += '.' + std::string(static_cast<std::size_t>(decimals) - rest.size(), '0') + rest;
    }
    return value < 0 && scaled > 0 ? '-' + text : text;
}

/// A number with `digits` significant digits: 0.03124, 12.35; 3.124e-6 where zeros would hide the digits.
inline std::string number(double value, int digits = 4) {
    if (!is_finite(value)) return fixed(value, 0);
    if (value == 0) return "0";
    int exponent = 0;
    double mantissa = value < 0 ? -value : value;
    for (; mantissa >= 10; mantissa /= 10) ++exponent;
    for (; mantissa < 1; mantissa *= 10) --exponent;
    if (mantissa + 0.5 * detail::power_of_ten(1 - digits) >= 10) {  // rounds to the next power of ten
        mantissa = 1;
        ++exponent;
    }
    if (exponent >= -4 && exponent < 9) {
        const int decimals = digits - 1 - exponent;
        return fixed(value, decimals < 0 ? 0 : decimals);
    }
    return fixed(value < 0 ? -mantissa : mantissa, digits - 1) + 'e' + std::to_string(exponent);
}

/// A fraction in per cent: 98.40 %.
inline std::string percent(double fraction, int decimals = 2) {
    return is_finite(fraction) ? fixed(100 * fraction, decimals) + "\u00a0%" : fixed(fraction, 0);
}

/// <tag attributes>content</tag>; the content is already HTML.
inline std::string element(std::string_view tag, std::string_view attributes, std::string_view content) {
    std::string out = "<" + std::string(tag);
    if (!attributes.empty()) out.append(" ").append(attributes);
    return out.append(">").append(content).append("</").append(tag).append(">");
}

/// A section with a heading.
inline std::string section(std::string_view heading, std::string_view content) {
    return element("section", "", '\n' + element("h2", "", escaped(heading)) + '\n' + std::string(content)) + '\n';
}

/// The parts of a table: a row of cells, cells, and the heads of a column and of a row, which are plain text.
inline std::string row(std::string_view cells) { return element("tr", "", cells) + '\n'; }
inline std::string cell(std::string_view content) { return element("td", "", content); }
inline std::string text_cell(std::string_view content) { return element("td", "class=\"text\"", content); }
inline std::string column_head(std::string_view text) { return element("th", "scope=\"col\"", escaped(text)); }
inline std::string text_column_head(std::string_view text) {
    return element("th", "scope=\"col\" class=\"text\"", escaped(text));
}
inline std::string row_head(std::string_view text) { return element("th", "scope=\"row\"", escaped(text)); }

/// A table of rows. In a narrower window it scrolls by itself, with the keyboard too.
inline std::string table(std::string_view name, std::string_view kind, std::string_view head, std::string_view body,
                         std::string_view foot = {}) {
    std::string rows = element("thead", "", head) + element("tbody", "", body);
    if (!foot.empty()) rows += element("tfoot", "", foot);
    return element("div", "class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + escaped(name) + '"',
                   element("table", "class=\"" + std::string(kind) + '"', '\n' + rows)) +
           '\n';
}

}  // namespace kiln::inline KILN_TARGET::report
