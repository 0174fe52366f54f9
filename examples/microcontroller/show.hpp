// SPDX-License-Identifier: BSL-1.0
#pragma once
// Prints numbers without the C library's formatted output, which is larger than the networks. Lines that begin with '#'
// are measured and differ between machines; all others must be equal.

#include <kiln/core/lanes.hpp>
#include <kiln/core/record.hpp>

#include "board.hpp"

#include <cstdint>

inline void print(std::uint32_t value) {
    char text[11];
    char* first = text + 10;
    *first = '\0';
    do *--first = static_cast<char>('0' + value % 10);
    while ((value /= 10) > 0);
    board::print(first);
}

/// The 32 bits of a float, in hexadecimal digits: all of them must be equal.
inline void print_bits(float value) {
    const auto bits = kiln::bit_cast<std::uint32_t>(value);
    char text[10] = {};
    for (int i = 0; i < 8; ++i) text[i] = "0123456789abcdef"[bits >> (28 - 4 * i) & 15];
    text[8] = ' ';
    board::print(text);
}

/// A name and the bits of all values of a range.
inline void print_bits(const char* name, const auto& values) {
    board::print(name);
    board::print(" ");
    for (const float value : values) print_bits(value);
    board::print("\n");
}

/// A line of measurement.
inline void print_measured(const char* name, std::uint32_t value) {
    if (!board::measures) return;
    board::print("# ");
    board::print(name);
    board::print(" ");
    print(value);
    board::print("\n");
}
