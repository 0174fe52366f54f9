// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/detail/raise.hpp>
#include <kiln/files/detail/concat.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>

namespace kiln::inline KILN_TARGET::data::detail {

KILN_LAZY_DEFINITION int share_of(int n, double share) {
    if (!(0 <= share && share <= 1))
        raise<std::invalid_argument>(concat("kiln: split needs a share from 0 to 1, got ", share));
    return static_cast<int>(share * n + 0.5);
}

KILN_LAZY_DEFINITION std::vector<int> apportion(const std::vector<int>& counts, double share, int total) {
    std::vector<int> part;
    std::vector<double> rest;
    std::vector<std::size_t> order;  // of the classes, by the remainder that they lose
    for (const int count : counts) {
        order.push_back(part.size());
        part.push_back(static_cast<int>(share * count));
        rest.push_back(share * count - part.back());
        total -= part.back();
    }
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return rest[a] > rest[b] || (rest[a] == rest[b] && a < b); });
    for (std::size_t i = 0; i < order.size() && total > 0; ++i, --total) ++part[order[i]];
    return part;
}

KILN_LAZY_DEFINITION std::vector<std::size_t> places_of(const std::vector<int>& labels) {
    std::vector<int> present = labels;
    std::sort(present.begin(), present.end());
    present.erase(std::unique(present.begin(), present.end()), present.end());
    std::vector<std::size_t> places;
    for (const int label : labels)
        places.push_back(
            static_cast<std::size_t>(std::lower_bound(present.begin(), present.end(), label) - present.begin()));
    return places;
}

}  // namespace kiln::inline KILN_TARGET::data::detail
