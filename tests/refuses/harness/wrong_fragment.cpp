// SPDX-License-Identifier: BSL-1.0
// expects: layer<3>
// expects: Linear<1000, 10>
static_assert(sizeof(int) == 0, "layer<3> is Linear<1352, 10>");
