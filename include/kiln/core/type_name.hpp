// SPDX-License-Identifier: BSL-1.0
#pragma once
// The names of types, for tables, messages and headers, as compilers spell them in a function's signature. Compilers
// differ in whether they write out default arguments, in spaces, and in what they call types without a name.

#include <cstddef>
#include <string_view>

namespace kiln::detail {

// "kiln::Linear<2, 3>"
template <class T>
constexpr std::string_view full_type_name() {
    const std::string_view name = __PRETTY_FUNCTION__;
    const std::size_t start = name.find("T = ") + 4;
    std::size_t end =
        start;  // g++ goes on after "; ", clang ends with "]"; a template's own brackets come before either
    for (int depth = 0; end < name.size() && !(depth == 0 && (name[end] == ';' || name[end] == ']')); ++end)
        depth += name[end] == '<' ? 1 : name[end] == '>' ? -1 : 0;
    return name.substr(start, end - start);
}

// The same without Kiln's namespace in front: "Linear<2, 3>", as the user wrote it.
template <class T>
constexpr std::string_view type_name() {
    const std::string_view name = full_type_name<T>();
    return name.starts_with("kiln::") ? name.substr(6) : name;
}

}  // namespace kiln::detail
