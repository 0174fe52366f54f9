// SPDX-License-Identifier: BSL-1.0
#include "digit.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

bool locale_is_utf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {  // the first one set decides
        std::string value(environment(name));
        if (value.empty()) continue;
        std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return std::tolower(c); });
        return value.ends_with("utf-8") || value.ends_with("utf8");
    }
    return false;
}

// Two rows of pixels as one line of text, which is about square on a terminal.
std::string line_of(const std::uint8_t* upper, const std::uint8_t* lower, bool utf8) {
    static constexpr std::array<const char*, 4> halves{" ", "\u2580", "\u2584", "\u2588"};
    static constexpr std::string_view shades = " .:-=+*#%@";
    std::string line;
    for (int column = 0; column < 28; ++column) {
        if (utf8)
            line += halves[(upper[column] >= 96 ? 1 : 0) + (lower[column] >= 96 ? 2 : 0)];
        else
            line += shades[static_cast<std::size_t>(upper[column] + lower[column]) * shades.size() / 511];
    }
    return line;
}

std::string bar_of(float probability, bool utf8) {
    constexpr int width = 30;
    std::string bar;
    for (int i = 0; i < width; ++i)
        bar += static_cast<float>(i) + 0.5f < probability * width ? (utf8 ? "\u2588" : "#") : (utf8 ? "\u00b7" : ".");
    return bar;
}

}  // namespace

bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) == 1; }

void draw(const kiln::Tensor<std::uint8_t, kiln::Shape<1, 28, 28>>& pixels,
          const kiln::Tensor<float, kiln::Shape<10>>& probabilities) {
    const bool utf8 = locale_is_utf8();
    const bool colour = is_terminal(stdout) && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
    const int predicted = kiln::argmax(probabilities);
    for (int row = 0; row < 28; row += 2) {
        std::printf("%s", line_of(&pixels(0, row, 0), &pixels(0, row + 1, 0), utf8).c_str());
        if (const int digit = row / 2 - 2; digit >= 0 && digit < 10) {
            const bool marked = colour && digit == predicted;
            std::printf("   %s%d %s %5.1f %%%s", marked ? "\033[1;32m" : "", digit,
                        bar_of(probabilities[digit], utf8).c_str(), 100.0 * static_cast<double>(probabilities[digit]),
                        marked ? "\033[0m" : "");
        }
        std::putchar('\n');
    }
}

void draw(const kiln::Tensor<float, kiln::Shape<1, 28, 28>>& left,
          const kiln::Tensor<float, kiln::Shape<1, 28, 28>>& right) {
    const bool utf8 = locale_is_utf8();
    kiln::Tensor<std::uint8_t, kiln::Shape<2, 28, 28>> pixels;
    for (int i = 0; i < left.size(); ++i) {
        const auto byte = [](float value) { return static_cast<std::uint8_t>(255 * std::clamp(value, 0.0f, 1.0f)); };
        pixels.data[i] = byte(left.data[i]);
        pixels.data[i + left.size()] = byte(right.data[i]);
    }
    for (int row = 0; row < 28; row += 2)
        std::printf("%s    %s\n", line_of(&pixels(0, row, 0), &pixels(0, row + 1, 0), utf8).c_str(),
                    line_of(&pixels(1, row, 0), &pixels(1, row + 1, 0), utf8).c_str());
}
