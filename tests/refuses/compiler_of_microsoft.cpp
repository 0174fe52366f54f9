// SPDX-License-Identifier: BSL-1.0
// flags: -U__clang__ -D_MSC_VER=1940
// expects: got the compiler of Microsoft
#include <kiln/io/safetensors.hpp>

int main() {}
