// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include <cstdio>

std::string fixed(float value, int digits) {
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", digits, static_cast<double>(value));
    return text;
}

std::string percent(float fraction) { return fixed(100 * fraction, 2) + " %"; }

void write(const kiln::Report& report, const std::string& file) {
    if (file.empty()) return;
    report.write(file);
    std::printf("report: %s\n", file.c_str());
}
