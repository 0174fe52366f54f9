// SPDX-License-Identifier: BSL-1.0
// flags: -ffast-math
// expects: -ffast-math
// expects: -fno-fast-math
#include <kiln/core/target.hpp>

int main() {}
