// SPDX-License-Identifier: BSL-1.0
#pragma once
// The error of a group of ranks (core/contract/ranks.hpp): a rank has ended or is silent, or ranks disagree.

#include <kiln/core/target.hpp>

#include <stdexcept>

namespace kiln::inline KILN_TARGET {

/// Ranks cannot go on together; `what()` names the rank and the cause.
struct RankError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace kiln::inline KILN_TARGET
