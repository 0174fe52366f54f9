// SPDX-License-Identifier: BSL-1.0
#pragma once
// Joins words and numbers to one text. Messages are often written in code and rarely needed at run time. So one
// function, compiled for size, joins all of them, and the code at each message only lists the parts.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET {

namespace detail {

// A part of a text, by reference.
class Word {
  public:
    constexpr Word(std::string_view text) : text_(text) {}
    constexpr Word(const std::string& text) : text_(text) {}
    constexpr Word(const char* text) : text_(text) {}
    constexpr Word(std::floating_point auto number) : kind_(Kind::real), real_(static_cast<double>(number)) {}
    constexpr Word(std::unsigned_integral auto number) : kind_(Kind::natural), natural_(number) {}
    constexpr Word(std::signed_integral auto number) : kind_(Kind::integer), integer_(number) {}
    constexpr Word(char) = delete;  // neither a number nor a text: write it in quotes
    constexpr Word(bool) = delete;

    void append_to(std::string& all) const;

  private:
    enum class Kind : unsigned char { text, natural, integer, real };
    Kind kind_ = Kind::text;
    union {
        std::string_view text_;
        unsigned long long natural_;
        long long integer_;
        double real_;
    };
};

// The words in their order, as one text.
std::string text_of(std::initializer_list<Word> words);

}  // namespace detail

/// One text of all parts in their order. Whole numbers have all of their digits, real ones six ("0.1", "7e+21"). The
/// locale changes nothing.
template <class... Parts>
std::string concat(const Parts&... parts) {
    return detail::text_of({detail::Word(parts)...});
}

}  // namespace kiln::inline KILN_TARGET

#ifndef KILN_COMPILED
#include <kiln/files/detail/concat.ipp>
#endif
