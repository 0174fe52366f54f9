// SPDX-License-Identifier: BSL-1.0
// flags: -D__i386__=1 -U__FLT_EVAL_METHOD__ -D__FLT_EVAL_METHOD__=2
// expects: needs floats that are computed as floats
// expects: try -msse2 -mfpmath=sse
#include <kiln/core/target.hpp>

int main() {}
