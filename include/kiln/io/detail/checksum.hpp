// SPDX-License-Identifier: BSL-1.0
#pragma once
// A checksum in a note of a file that only Kiln writes. The checksum finds damage that leaves the file well-formed,
// such as a flipped bit in a tensor or a digit in a count. The note is 16 hexadecimal digits, first written as zeros:
// the hash of all bytes before and behind them, in words of eight bytes.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

inline constexpr std::string_view checksum_note = "kiln.checksum", checksum_to_come = "0000000000000000";

/// Puts the checksum into the text of a file, in the place of the note's zeros.
KILN_LAZY void seal(std::string& text);

/// Checks the checksum of a file, piece by piece.
class Checksum {
  public:
    /// `beginning` is that of a file of `size` bytes; it holds the note, and must outlive the checksum.
    KILN_LAZY Checksum(std::string_view beginning, std::uint64_t size);

    /// The place of the next bytes in the file.
    std::size_t begin() const { return begin_; }
    /// Adds the next bytes. Their number is a multiple of eight, unless they are the last.
    KILN_LAZY void add(std::string_view bytes);
    /// The checksum that would be right.
    KILN_LAZY std::string digits() const;
    /// Empty if the checksum is right, otherwise the fault.
    KILN_LAZY std::string fault() const;

  private:
    std::string_view digits_;
    std::size_t begin_ = 0;
    std::uint64_t sum_ = 0;
};

/// Empty if the checksum of a file is right, otherwise the fault.
KILN_LAZY std::string checksum_fault(std::string_view text);

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/detail/checksum.ipp>
#endif
