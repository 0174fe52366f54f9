// SPDX-License-Identifier: BSL-1.0
#include "classifier.hpp"

#include <cstdio>

std::string percent(double fraction) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f %%", 100 * fraction);
    return text;
}

void write(const kiln::Report& report, const std::string& file) {
    if (file.empty()) return;
    report.write(file);
    std::printf("report: %s\n", file.c_str());
}
