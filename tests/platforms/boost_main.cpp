// SPDX-License-Identifier: BSL-1.0
// Boost.Test as one object file, because its library is there for this machine only.
#include <boost/test/included/unit_test.hpp>
