// SPDX-License-Identifier: BSL-1.0
#include "everything.hpp"
float on_least() { return everything(); }
int lanes_on_least() { return native_lanes; }
