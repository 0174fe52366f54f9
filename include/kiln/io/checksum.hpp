// SPDX-License-Identifier: BSL-1.0
#pragma once
// A note in a file that says what all its other bytes amount to, for files that nobody but Kiln writes: damage that
// leaves them well-formed (a flipped bit in a tensor, a digit in a count) is found as well. The note is 16 hexadecimal
// digits, written as zeros first: the hash of all bytes before and behind them, taken in words of eight.

#include <kiln/core/compiled.hpp>
#include <kiln/core/target.hpp>

#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

inline constexpr std::string_view checksum_note = "kiln.checksum", checksum_to_come = "0000000000000000";

/// Puts the checksum in its place in the text of a file, which has the note.
KILN_LAZY void seal(std::string& text);

/// Empty if the checksum of a file is right, else what is wrong.
KILN_LAZY std::string checksum_fault(std::string_view text);

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/checksum.ipp>
#endif
