// SPDX-License-Identifier: BSL-1.0
// flags: -U__GNUC__ -D__GNUC__=11 -U__clang_major__ -D__clang_major__=13
// expects: needs g++ 12 or clang 16, got an older compiler
#include <kiln/layers/conv.hpp>

int main() {}
