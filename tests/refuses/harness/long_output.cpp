// SPDX-License-Identifier: BSL-1.0
// expects: shapes
#warning one
#warning two
#warning three
#warning four
static_assert(sizeof(int) == 0, "shapes");
