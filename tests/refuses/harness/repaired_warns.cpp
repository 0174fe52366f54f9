// SPDX-License-Identifier: BSL-1.0
// expects: shapes
#ifdef REPAIRED
#warning repaired, but not silent
#else
static_assert(sizeof(int) == 0, "shapes");
#endif
