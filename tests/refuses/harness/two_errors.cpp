// SPDX-License-Identifier: BSL-1.0
// expects: first
static_assert(sizeof(int) == 0, "first");
static_assert(sizeof(int) == 0, "second");
