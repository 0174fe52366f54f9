// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>

#include <algorithm>

namespace kiln::inline KILN_TARGET::data::detail {

KILN_LAZY_DEFINITION Balance count_labels(std::vector<int> labels, int classes) {
    std::sort(labels.begin(), labels.end());
    Balance balance{.present = {}, .samples = static_cast<int>(labels.size()), .class_count = classes};
    for (const int label : labels) {
        if (balance.present.empty() || balance.present.back().label != label) balance.present.push_back({label, 0});
        ++balance.present.back().count;
    }
    return balance;
}

}  // namespace kiln::inline KILN_TARGET::data::detail
