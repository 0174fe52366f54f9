// SPDX-License-Identifier: BSL-1.0
#pragma once
// How names, numbers and types are written in C++, for those who write C++ (io/export_header.hpp). Numbers are the
// shortest decimals that are read back as the same number. Types are what the compiler itself calls them, which is C++
// but for values of class type as arguments: kiln::real{5, -1} is written 0.5 here, and others have no spelling, for
// clang leaves out their namespace. Nor have types without a name that another file could use.

#include <kiln/core/type_name.hpp>

#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

namespace detail {

inline constexpr std::string_view digits = "0123456789";
inline constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

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

inline bool is_keyword(std::string_view word) {
    for (const std::string_view keyword : keywords)
        if (word == keyword) return true;
    return false;
}

}  // namespace detail

/// Whether a word can be the name of something in C++ (letters are those of ASCII).
inline bool is_identifier(std::string_view word) {
    for (const char c : word)
        if (detail::letters.find(c) == std::string_view::npos && detail::digits.find(c) == std::string_view::npos)
            return false;
    return !word.empty() && detail::digits.find(word[0]) == std::string_view::npos && !detail::is_keyword(word);
}

/// A name made of any text: "9 digits" becomes network_9_digits, "card-net" card_net, "class" class_.
inline std::string as_identifier(std::string_view text) {
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

/// Appends a finite number, as a literal of its own type: 0.1f, 1e-45f, -0.0f; whole numbers as such: 1.
template <class S>  // a template for C++ libraries that cannot write floating-point numbers: an error only where called
void append_literal(std::string& text, S value) {
    char characters[32];
    const char* const end = std::to_chars(characters, characters + sizeof characters, value).ptr;
    const std::string_view number(characters, static_cast<std::size_t>(end - characters));
    const bool whole = number.find_first_of(".e") == std::string_view::npos;
    text += number;
    if (whole && number != "-0" && number.size() < 10) return;  // an int
    if (whole) text += ".0";
    if constexpr (sizeof(S) == sizeof(float)) text += 'f';
}

/// Type T as it is written in C++; empty if it has no spelling.
template <class T>
std::string spell_type() {
    std::string_view rest = kiln::detail::full_type_name<T>();
    for (const char* nameless :
         {"{anonymous}", "(anonymous", "<unnamed", "(unnamed", "{unnamed", "lambda", "()", ")::"})
        if (rest.find(nameless) != std::string_view::npos) return "";
    std::string text;
    while (!rest.empty()) {
        const std::size_t brace = rest.find('{');
        const bool begins = text.ends_with('<') || text.ends_with(' ');  // clang leaves the namespace out
        if (begins && (rest.starts_with("kiln::real{") || rest.starts_with("real{"))) {
            const std::size_t comma = rest.find(", "), end = rest.find('}');
            const std::string decimal = std::string(rest.substr(brace + 1, comma - brace - 1)) + 'e' +
                                        std::string(rest.substr(comma + 2, end - comma - 2));  // 5e-1
            append_literal(text, std::strtod(decimal.c_str(), nullptr));
            rest.remove_prefix(end + 1);
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

}  // namespace kiln::inline KILN_TARGET::io
