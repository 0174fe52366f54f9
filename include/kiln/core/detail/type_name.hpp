// SPDX-License-Identifier: BSL-1.0
#pragma once
// The names of types, for tables, messages and file headers, as compilers spell them in a function's signature.
// Compilers differ in default arguments, in spaces, and in the names of types without a name.

#include <kiln/core/target.hpp>

#include <cstddef>
#include <string_view>

namespace kiln::inline KILN_TARGET::detail {

// The name of T with its namespace: "kiln::Linear<2, 3>".
template <class T>
constexpr std::string_view full_type_name() {
    const std::string_view name = __PRETTY_FUNCTION__;
    const std::size_t start = name.find("T = ") + 4;
    std::size_t end =
        start;  // g++ goes on after "; ", clang ends with "]"; a template's own brackets come before either
    bool quoted = false;  // brackets in the name of a node of a graph are no brackets
    for (int depth = 0; end < name.size() && !(depth == 0 && (name[end] == ';' || name[end] == ']')); ++end) {
        if (quoted && name[end] == '\\')
            ++end;
        else if (name[end] == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += name[end] == '<' ? 1 : name[end] == '>' ? -1 : 0;
    }
    return name.substr(start, end - start);
}

// "avx512::", which g++ writes behind "kiln::", but users do not (core/target.hpp).
#define KILN_WORD_OF(name) #name "::"
#define KILN_WORD(name) KILN_WORD_OF(name)
inline constexpr std::string_view target_word = KILN_WORD(KILN_TARGET);
#undef KILN_WORD
#undef KILN_WORD_OF

// The name of T without Kiln's namespace, as the user wrote it: "Linear<2, 3>".
template <class T>
constexpr std::string_view type_name() {
    std::string_view name = full_type_name<T>();
    if (!name.starts_with("kiln::")) return name;
    name.remove_prefix(6);
    return name.starts_with(target_word) ? name.substr(target_word.size()) : name;
}

}  // namespace kiln::inline KILN_TARGET::detail
