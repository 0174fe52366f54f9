// SPDX-License-Identifier: BSL-1.0
#pragma once
// The functions that the programs need from the board. cortex_m.cpp implements them for a chip without an operating
// system, host.cpp for any other machine, where nothing is measured.

#include <cstdint>

namespace board {

void print(const char* text);

/// Counts the chip's instructions while it lives.
class Stopwatch {
  public:
    Stopwatch();
    /// Instructions since construction, to the 40 that the timer resolves; up to 671 million.
    std::uint32_t instructions() const;

  private:
    std::uint32_t start_;
};

/// The largest number of bytes of stack that the program has used.
std::uint32_t peak_stack();

/// Whether these functions measure anything.
extern const bool measures;

}  // namespace board
