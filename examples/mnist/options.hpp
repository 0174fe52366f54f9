// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the user may choose. Parsing is a translation unit of its own: Boost.Program_options takes longer to compile than
// the network.

#include <cstdint>
#include <string>

struct Options {
    int epochs = 12;
    float learning_rate = 0.07f;
    float momentum = 0.9f;
    float weight_decay = 0.0001f;
    std::uint64_t seed = 2;
    std::string data;
    int train_limit = 60'000;  ///< train on the first so many images only
    int digit = 92;            ///< the test image to draw; this 9 could be a 4
};

/// The options of a command line. After --help or a mistake the program ends here, with status 0 or 2.
Options read_options(int argc, char** argv);
