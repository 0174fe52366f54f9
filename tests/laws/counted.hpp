// SPDX-License-Identifier: BSL-1.0
#pragma once
// The law of counted operations: a layer's `multiply_adds` are the multiplications that forward does for one sample.

#include "laws/elements.hpp"
#include "laws/instance.hpp"

namespace kiln::laws {

/// The multiplications of one forward pass of one sample in inference, counted.
template <class L, class In>
constexpr long long counted_multiply_adds() {
    long long tally = 0;
    Instance<L, In, Counted> layer(1);
    for (Counted& value : layer.x) value.tally = &tally;
    for (const Slice<Counted>& slice : tensors<Counted>(layer.parameters))
        for (Counted& value : slice) value.tally = &tally;
    layer.infer();
    return tally;
}

}  // namespace kiln::laws
