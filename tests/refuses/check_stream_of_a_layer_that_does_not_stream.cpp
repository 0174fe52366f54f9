// SPDX-License-Identifier: BSL-1.0
// expects: check_stream needs a layer that is framewise or has a step, got another; try framewise, or Carry, reset and step
#include <kiln.hpp>
#include <kiln/laws/check_stream.hpp>
#ifdef REPAIRED
using Layer = kiln::Each<kiln::Softmax>;
#else
using Layer = kiln::Softmax;
#endif
int main() { return kiln::check_stream<Layer, kiln::Shape<12, 3>>() ? 0 : 1; }
