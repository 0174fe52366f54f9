// SPDX-License-Identifier: BSL-1.0
// flags: -ffinite-math-only
// expects: -ffinite-math-only
// expects: -fno-fast-math
#include <kiln/core/target.hpp>

int main() {}
