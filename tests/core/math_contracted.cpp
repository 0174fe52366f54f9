// SPDX-License-Identifier: BSL-1.0
// flags: -ffp-contract=fast
#define BOOST_TEST_MODULE core.math_contracted
#define KILN_TEST_SOME_FLOATS
#include <core/math_accuracy.hpp>
