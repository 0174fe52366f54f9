// SPDX-License-Identifier: BSL-1.0
#pragma once
// Amplifiers in the files of Neural Amp Modeler (.nam).

#include "effect/sound.hpp"

#include <string>

/// What the amplifier of a file makes of a sound, and how fast it does. Throws std::runtime_error.
Sound amplified(const std::string& file, const Sound& dry);
