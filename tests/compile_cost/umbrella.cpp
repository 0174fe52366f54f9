// SPDX-License-Identifier: BSL-1.0
// Everything included, nothing used.
#include <kiln.hpp>
