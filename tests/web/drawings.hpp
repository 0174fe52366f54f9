// SPDX-License-Identifier: BSL-1.0
#pragma once
// Digits as a person draws them: strokes through points, on a sheet from 0 to 100, y downwards.

#include <array>
#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

namespace kiln::tests {

struct Place {
    double x, y;
};
using Strokes = std::vector<std::vector<Place>>;

/// One drawing of a digit.
inline Strokes drawn(int digit) {
    static const std::array<const char*, 10> drawings = {
        "50,10 38,13 29,25 25,42 26,62 32,80 44,89 57,88 69,76 75,58 74,36 67,19 57,11 48,10",
        "60,10 51,50 43,90",
        "28,31 33,18 45,11 58,12 68,20 69,33 62,47 50,60 37,74 26,88 50,87 76,88",
        "29,20 42,11 58,12 67,22 65,34 57,42 45,46 59,50 69,60 71,74 62,86 46,90 28,83",
        "34,12 30,33 26,55 50,55 74,54 | 62,16 61,55 59,92",
        "36,13 34,28 32,44 45,40 59,43 69,53 71,67 64,81 50,89 30,83 | 36,13 54,13 72,12",
        "62,10 48,22 37,38 30,56 29,72 36,85 50,90 63,84 69,72 64,59 52,54 39,59 31,69",
        "26,14 50,14 74,14 61,45 51,68 44,90",
        "62,19 52,11 40,13 33,23 38,35 50,45 63,57 68,71 61,85 48,90 35,84 31,71 38,58 51,46 63,35 66,25 61,17",
        "66,22 55,12 42,14 33,25 35,39 46,47 58,43 67,30 67,22 67,45 65,68 62,90",
    };
    Strokes strokes(1);
    std::istringstream text(drawings.at(static_cast<std::size_t>(digit)));
    for (std::string word; text >> word;)
        if (word == "|")
            strokes.emplace_back();
        else
            strokes.back().push_back({std::stod(word), std::stod(word.substr(word.find(',') + 1))});
    return strokes;
}

}  // namespace kiln::tests
