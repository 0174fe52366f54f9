// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/files/detail/concat.hpp>

#include <array>
#include <utility>

namespace kiln::inline KILN_TARGET::io {

KILN_LAZY_DEFINITION void reorder(std::string& elements, const NpyHeader& header) {
    const auto size = static_cast<std::size_t>(header.type.bits) / 8;
    if (header.big_endian)
        for (std::size_t at = 0; at + size <= elements.size(); at += size)
            for (std::size_t i = 0; i < size / 2; ++i) std::swap(elements[at + i], elements[at + size - 1 - i]);
    const int rank = header.shape.rank;
    if (!header.first_fastest || rank < 2 || rank > StoredShape::kept || elements.empty()) return;

    std::array<std::size_t, StoredShape::kept> strides{}, index{};
    for (std::size_t i = 0, stride = size; i < static_cast<std::size_t>(rank); ++i) {
        strides[i] = stride;
        stride *= static_cast<std::size_t>(header.shape.sizes[i]);
    }
    std::string rows;
    rows.reserve(elements.size());
    for (std::size_t from = 0; rows.size() < elements.size();) {
        rows.append(elements, from, size);
        for (auto i = static_cast<std::size_t>(rank); i-- > 0;) {  // the next index: the last dimension counts first
            from += strides[i];
            if (++index[i] < static_cast<std::size_t>(header.shape.sizes[i])) break;
            from -= strides[i] * std::exchange(index[i], 0);
        }
    }
    elements = std::move(rows);
}

KILN_LAZY_DEFINITION std::string npy_header_text(const Extents& extents) {
    std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
    for (int i = 0; i < extents.rank; ++i) text += concat(i > 0 ? ", " : "", extents[i]);
    text += extents.rank == 1 ? ",), }" : "), }";
    text.append(63 - (10 + text.size()) % 64, ' ');
    text += '\n';
    const auto length = static_cast<char>(text.size());  // at most 118: five sizes of ten digits
    return std::string("\x93NUMPY\x01\0", 8) + length + '\0' + text;
}

}  // namespace kiln::inline KILN_TARGET::io
