// SPDX-License-Identifier: BSL-1.0
#include "everything.hpp"
float on_best() { return everything(); }
int lanes_on_best() { return native_lanes; }
