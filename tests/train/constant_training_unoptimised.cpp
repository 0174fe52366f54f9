// SPDX-License-Identifier: BSL-1.0
// flags: -ffp-contract=off -O0
#define BOOST_TEST_MODULE train.constant_training_unoptimised
#include "train/constant_training.hpp"
