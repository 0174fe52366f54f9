// SPDX-License-Identifier: BSL-1.0
#pragma once
// How names, numbers and types are written in C++, for those who write C++ (io/export_header.hpp). Numbers are the
// shortest decimals that are read back as the same number. Types are what the compiler itself calls them, which is C++
// but for values of class type as arguments: kiln::real{5, -1} is written 0.5 here, and others have no spelling, for
// clang leaves out their namespace. Nor have types without a name that another file could use.

#include <kiln/core/compiled.hpp>
#include <kiln/core/type_name.hpp>

#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// Whether a word can be the name of something in C++ (letters are those of ASCII).
KILN_LAZY bool is_identifier(std::string_view word);

/// A name made of any text: "9 digits" becomes network_9_digits, "card-net" card_net, "class" class_.
KILN_LAZY std::string as_identifier(std::string_view text);

/// Appends a finite number, as a literal of its own type: 0.1f, 1e-45f, -0.0f; whole numbers as such: 1.
KILN_LAZY void append_literal(std::string& text, float value);
KILN_LAZY void append_literal(std::string& text, double value);

namespace detail {

inline constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

KILN_LAZY bool is_keyword(std::string_view word);

// A type that the compiler calls that, as it is written in C++; empty if it has no spelling.
KILN_LAZY std::string spelled_type(std::string_view name);

}  // namespace detail

/// Type T as it is written in C++; empty if it has no spelling.
template <class T>
std::string spell_type() {
    return detail::spelled_type(kiln::detail::full_type_name<T>());
}

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/cpp_spelling.ipp>
#endif
