// SPDX-License-Identifier: BSL-1.0
#pragma once
// Refuses data sets whose samples have lengths that their shape or the network does not allow.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/lengths.hpp>
#include <kiln/core/detail/raise.hpp>
#include <kiln/files/detail/concat.hpp>

#include <stdexcept>

namespace kiln::inline KILN_TARGET::detail {

// `who` asks, and `which` names the data set.
template <class M>
constexpr void require_lengths(const auto& data, const char* who, const char* which) {
    for (int i = 0; i < data.size(); ++i)
        if (const int length = data.length(i); !is_length<M>(length))
            raise<std::invalid_argument>(concat("kiln: ", who, " needs lengths in ", least_length<M>(), " … ",
                                                frame_count<typename M::Input>, ", got ", length, " for sample ", i,
                                                which, "; look at the data"));
}

}  // namespace kiln::inline KILN_TARGET::detail
