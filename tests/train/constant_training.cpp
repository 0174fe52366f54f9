// SPDX-License-Identifier: BSL-1.0
// flags: -ffp-contract=off
#define BOOST_TEST_MODULE train.constant_training
#include "train/constant_training.hpp"
