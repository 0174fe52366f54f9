// SPDX-License-Identifier: BSL-1.0
#pragma once
// Names, numbers and types as C++ writes them, for io/export_header.hpp. Numbers are the shortest decimals that are
// read back as the same number. Types are the compiler's own names for them, which are C++ except for arguments that
// are values of class type. A kiln::real{5, -1} is written 0.5, and the name of a node kiln::fixed_string<2>{"x"} is
// written "x"; other such values have no spelling, because clang leaves out their namespace. Types without a name that
// another file could use have no spelling either.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/detail/type_name.hpp>

#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// Whether a word can be a name in C++ (with ASCII letters only).
KILN_LAZY bool is_identifier(std::string_view word);

/// A name made of any text: "9 digits" becomes network_9_digits, "card-net" card_net, "class" class_.
KILN_LAZY std::string as_identifier(std::string_view text);

/// Appends a finite number as a literal of its own type: 0.1f, 1e-45f, -0.0f. A whole number is written without a
/// fraction: 1.
KILN_LAZY void append_literal(std::string& text, float value);
KILN_LAZY void append_literal(std::string& text, double value);

namespace detail {

inline constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

KILN_LAZY bool is_keyword(std::string_view word);

// The C++ spelling of a type from the compiler's name for it; empty if it has none.
KILN_LAZY std::string spelled_type(std::string_view name);

}  // namespace detail

/// The C++ spelling of type T; empty if it has none.
template <class T>
std::string spell_type() {
    return detail::spelled_type(kiln::detail::full_type_name<T>());
}

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/detail/cpp_spelling.ipp>
#endif
