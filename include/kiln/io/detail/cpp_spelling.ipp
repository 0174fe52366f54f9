// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/files/detail/concat.hpp>

#include <charconv>
#include <cstddef>
#include <cstdlib>

namespace kiln::inline KILN_TARGET::io {

namespace detail {

inline constexpr std::string_view digits = "0123456789";

inline constexpr std::string_view keywords[] = {
    "alignas",     "alignof",  "and",        "and_eq",    "asm",       "auto",         "bitand",
    "bitor",       "bool",     "break",      "case",      "catch",     "char",         "char16_t",
    "char32_t",    "char8_t",  "class",      "co_await",  "co_yield",  "co_return",    "compl",
    "concept",     "const",    "const_cast", "consteval", "constexpr", "constinit",    "continue",
    "decltype",    "default",  "delete",     "do",        "double",    "dynamic_cast", "else",
    "enum",        "explicit", "export",     "extern",    "false",     "float",        "for",
    "friend",      "goto",     "if",         "inline",    "int",       "long",         "mutable",
    "namespace",   "new",      "noexcept",   "not",       "not_eq",    "nullptr",      "operator",
    "or",          "or_eq",    "private",    "protected", "public",    "register",     "reinterpret_cast",
    "requires",    "return",   "short",      "signed",    "sizeof",    "static",       "static_assert",
    "static_cast", "struct",   "switch",     "template",  "this",      "thread_local", "throw",
    "true",        "try",      "typedef",    "typeid",    "typename",  "union",        "unsigned",
    "using",       "virtual",  "void",       "volatile",  "wchar_t",   "while",        "xor",
    "xor_eq",
};

KILN_LAZY_DEFINITION bool is_keyword(std::string_view word) {
    for (const std::string_view keyword : keywords)
        if (word == keyword) return true;
    return false;
}

}  // namespace detail

KILN_LAZY_DEFINITION bool is_identifier(std::string_view word) {
    for (const char c : word)
        if (detail::letters.find(c) == std::string_view::npos && detail::digits.find(c) == std::string_view::npos)
            return false;
    return !word.empty() && detail::digits.find(word[0]) == std::string_view::npos && !detail::is_keyword(word);
}

KILN_LAZY_DEFINITION std::string as_identifier(std::string_view text) {
    std::string part;
    for (const char c : text) {
        const bool kept = c != '_' && is_identifier(std::string{'_', c});
        if (kept || (!part.empty() && part.back() != '_')) part += kept ? c : '_';
    }
    const bool begins = !part.empty() && detail::letters.find(part[0]) != std::string_view::npos;
    std::string name = begins ? "" : "network_";
    name += part;
    if (detail::is_keyword(name)) name += '_';
    return name;
}

namespace detail {

// Appends a number. Returns whether its text has a fraction or an exponent, as a literal with a suffix needs.
inline bool append_real(std::string& text, auto value) {
    char characters[32];
    const char* const end = std::to_chars(characters, characters + sizeof characters, value).ptr;
    const std::string_view number(characters, static_cast<std::size_t>(end - characters));
    const bool whole = number.find_first_of(".e") == std::string_view::npos;
    text += number;
    if (whole && number != "-0" && number.size() < 10) return false;  // reads as an int
    if (whole) text += ".0";
    return true;
}

}  // namespace detail

KILN_LAZY_DEFINITION void append_literal(std::string& text, float value) {
    if (detail::append_real(text, value)) text += 'f';
}
KILN_LAZY_DEFINITION void append_literal(std::string& text, double value) { detail::append_real(text, value); }

namespace detail {

// The length of the string literal with which a text begins, with its quotes; 0 if that is none, or has characters that
// compilers write in their own ways.
inline std::size_t length_of_literal(std::string_view text) {
    if (!text.starts_with('"')) return 0;
    const std::size_t end = text.find_first_of("\"\\", 1);
    return end < text.size() && text[end] == '"' ? end + 1 : 0;
}

// Whether a text says that a type has no name. The names of nodes say nothing: a node may be called "lambda".
inline bool is_nameless(std::string_view text) {
    std::string plain;
    for (bool quoted = false; const char c : text) {
        quoted = quoted != (c == '"');
        if (!quoted) plain += c;
    }
    for (const char* nameless :
         {"{anonymous}", "(anonymous", "<unnamed", "(unnamed", "{unnamed", "lambda", "()", ")::"})
        if (plain.find(nameless) != std::string::npos) return true;
    return false;
}

KILN_LAZY_DEFINITION std::string spelled_type(std::string_view rest) {
    if (is_nameless(rest)) return "";
    std::string text;
    while (!rest.empty()) {
        const std::size_t brace = rest.find('{');
        const bool begins = text.ends_with('<') || text.ends_with(' ');  // clang leaves the namespace out
        if (begins && (rest.starts_with("kiln::real{") || rest.starts_with("real{"))) {
            const std::size_t comma = rest.find(", "), end = rest.find('}');
            const std::string decimal = concat(rest.substr(brace + 1, comma - brace - 1), "e",
                                               rest.substr(comma + 2, end - comma - 2));  // 5e-1
            append_literal(text, std::strtod(decimal.c_str(), nullptr));
            rest.remove_prefix(end + 1);
        } else if (begins && (rest.starts_with("kiln::fixed_string<") || rest.starts_with("fixed_string<"))) {
            const std::string_view argument = brace < rest.size() ? rest.substr(brace + 1) : "";
            const std::size_t length = length_of_literal(argument);
            if (length == 0 || !argument.substr(length).starts_with('}')) return "";
            text += argument.substr(0, length);
            rest.remove_prefix(brace + 1 + length + 1);
        } else if (text.ends_with("kiln::") && rest.starts_with(kiln::detail::target_word)) {
            rest.remove_prefix(kiln::detail::target_word.size());
        } else if (brace == 0) {
            return "";
        } else {
            if (!rest.starts_with(" >")) text += rest[0];  // g++ writes > >
            rest.remove_prefix(1);
        }
    }
    return text;
}

}  // namespace detail
}  // namespace kiln::inline KILN_TARGET::io
