// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the programs ask of the board they run on. cortex_m.cpp answers for a chip without an operating system, host.cpp
// for any other machine, where nothing is measured.

#include <cstdint>

namespace board {

void print(const char* text);

/// Counts the chip's instructions while it lives.
class Stopwatch {
  public:
    Stopwatch();
    /// Instructions since then, to the 40 that the timer resolves; up to 671 million.
    std::uint32_t instructions() const;

  private:
    std::uint32_t start_;
};

/// Bytes of stack that the program has taken at most.
std::uint32_t peak_stack();

/// Whether the above measure anything.
extern const bool measures;

}  // namespace board
