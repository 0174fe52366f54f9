// SPDX-License-Identifier: BSL-1.0
#pragma once
// Amplifiers in the files of Neural Amp Modeler (.nam).

#include "effect/sound.hpp"

#include <string>

/// Plays a sound through the amplifier of a file, and prints how fast that is. Throws std::runtime_error.
Sound amplified(const std::string& file, const Sound& dry);
