// SPDX-License-Identifier: BSL-1.0
// expects: shapes
static_assert(sizeof(int) == 0, "shapes");
