// SPDX-License-Identifier: BSL-1.0
// flags: -ffp-contract=off
#define BOOST_TEST_MODULE laws.constant_training
#include "laws/constant_training.hpp"
