// SPDX-License-Identifier: BSL-1.0
#pragma once
// The weights of the card network, as a constant: they stay in flash. Stands in for a header that kiln::io::export_header
// writes of a trained model; these are the starting values of a training, so the answers are guesses.

#include "network.hpp"

inline constexpr Card card = [] {
    Card model;
    model.initialize(kiln::Seed{42});
    return model;
}();
