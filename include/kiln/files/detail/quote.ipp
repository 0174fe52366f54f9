// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>

#include <utility>

namespace kiln::inline KILN_TARGET {

KILN_INLINE std::string in_quotes(std::string_view text) {
    constexpr std::size_t most = 60;
    std::size_t end = text.size() < most ? text.size() : most;
    while (end < text.size() && end > 0 && (text[end] & 0xc0) == 0x80) --end;  // no half letter
    std::string quoted = "\"";
    for (const char c : text.substr(0, end)) quoted += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
    return quoted + (text.size() > most ? "…\"" : "\"");
}

KILN_INLINE std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t change = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            const std::size_t added = (diagonal < row[j] ? diagonal : row[j]) + 1;
            row[j + 1] = change < added ? change : added;
        }
    }
    return row.back();
}

KILN_INLINE std::size_t nearest(const std::vector<std::string>& names, std::string_view name) {
    std::size_t best = 0, least = 0;
    // A name in a file may be of any length, so only beginnings are compared.
    constexpr std::size_t most = 64;
    const std::string_view wanted = name.substr(0, most);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::size_t distance = edit_distance(std::string_view(names[i]).substr(0, most), wanted);
        if (i == 0 || distance < least) {
            best = i;
            least = distance;
        }
    }
    return best;
}

}  // namespace kiln::inline KILN_TARGET
