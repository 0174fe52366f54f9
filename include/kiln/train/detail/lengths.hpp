// SPDX-License-Identifier: BSL-1.0
#pragma once
// Refuses data sets whose samples have lengths that their shape cannot have.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/raise.hpp>
#include <kiln/files/detail/concat.hpp>

#include <stdexcept>

namespace kiln::inline KILN_TARGET::detail {

// `who` asks, and `which` names the data set.
template <class In>
constexpr void require_lengths(const auto& data, const char* who, const char* which) {
    for (int i = 0; i < data.size(); ++i)
        if (const int length = data.length(i); !is_length<In>(length))
            raise<std::invalid_argument>(concat("kiln: ", who, " needs lengths in 1 … ", frames_of<In>, ", got ",
                                                length, " for sample ", i, which, "; look at the data"));
}

}  // namespace kiln::inline KILN_TARGET::detail
