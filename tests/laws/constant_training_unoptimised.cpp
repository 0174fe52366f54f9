// SPDX-License-Identifier: BSL-1.0
// flags: -ffp-contract=off -O0
#define BOOST_TEST_MODULE laws.constant_training_unoptimised
#include "laws/constant_training.hpp"
