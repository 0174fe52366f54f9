// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/concat.hpp>
#include <kiln/core/quote.hpp>

namespace kiln::inline KILN_TARGET::io::detail {

KILN_LAZY_DEFINITION std::string names_fault(std::span<const std::string_view> names, std::size_t tensors,
                                             std::string_view prefix) {
    if (names.empty()) return {};
    if (names.size() != tensors)
        return concat("expected a name for each of the model's ", tensors, " tensors, got ", names.size(), " names");
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (concat(prefix, names[i]) == "__metadata__")
            return "expected names of tensors, got \"__metadata__\", which safetensors keeps for notes";
        for (std::size_t k = 0; k < i; ++k)
            if (names[i] == names[k])
                return concat("expected a name of its own for each tensor, got ", in_quotes(names[i]), " twice");
    }
    return {};
}

}  // namespace kiln::inline KILN_TARGET::io::detail
