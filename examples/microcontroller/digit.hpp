// SPDX-License-Identifier: BSL-1.0
#pragma once
// The first image of the MNIST test set, a 7, as a constant picture in ten shades.

#include <kiln/core/tensor.hpp>

#include <cstddef>
#include <string_view>

// clang-format off
inline constexpr std::string_view picture[28] = {
    "                            ",
    "                            ",
    "                            ",
    "                            ",
    "                            ",
    "                            ",
    "                            ",
    "      -#*+:.                ",
    "      %@@@@@########*:      ",
    "      :=-=*%@%@@@@%@@+      ",
    "           .: ::::.%@=      ",
    "                  -@#.      ",
    "                 .%@-       ",
    "                 +@%:       ",
    "                :@@:        ",
    "                +@#         ",
    "                #@:         ",
    "               =@*          ",
    "              -@%:          ",
    "             .%@*           ",
    "             #@%.           ",
    "            .@@-            ",
    "           .%@=             ",
    "           +@@:             ",
    "          :@@@:             ",
    "          =@@%.             ",
    "          =@#.              ",
    "                            "};
// clang-format on

inline constexpr auto digit = [] {
    constexpr std::string_view shades = " .:-=+*#%@";
    kiln::Tensor<float, kiln::Shape<1, 28, 28>> image;
    for (int row = 0; row < 28; ++row)
        for (int column = 0; column < 28; ++column) {
            const char shade = picture[row][static_cast<std::size_t>(column)];
            image(0, row, column) = static_cast<float>(shades.find(shade)) / 9;
        }
    return image;
}();
