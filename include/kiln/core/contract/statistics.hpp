// SPDX-License-Identifier: BSL-1.0
#pragma once
// BATCH STATISTICS: a layer may compute with sums over all samples of a batch, although one pass has only some samples.
// Then all passes of a step measure, in their order, before the first of them runs the layer forward. All passes
// measure again before the first of them runs the layer backward. forward and backward find the measurements of the
// whole batch in at.statistics, which is Nothing in inference.
//
//     template <class S, class In> struct Statistics
//         the measurements of one pass, or of several: a plain value, zero before the first measurement
//     static void measure(x, own, at)
//         sets the measurements `own` of this pass, before forward
//     static void merge(all, own)
//         adds the measurements of a pass to the measurements of the passes before
//     static void measure_slopes(x, y, dy, kept, own, at)
//         measures before backward. Adds to at.gradients the derivatives of what the layer learns. Sets `kept`, which
//         is y or dy itself, to the slope that backward is given as dy
//     static void merge_slopes(all, own)
//         adds the measurements of measure_slopes
//     static void settle(state, all, int samples)
//         updates the state as for any layer, from the statistics of the batch
//
// nets/sections.hpp and train/detail/passes.hpp run the passes in this order.

#include <kiln/core/contract/records.hpp>
#include <kiln/core/record.hpp>

namespace kiln::inline KILN_TARGET {

/// Whether layer L, or a part of it, computes with sums over all samples of a batch.
template <class L, class In>
inline constexpr bool measures_batch = !is_nothing<statistics_t<L, float, In>>;
/// Whether layer L itself, which is no container, computes with such sums.
template <class L, class In>
concept HasStatistics = !Composite<L> && measures_batch<L, In>;

}  // namespace kiln::inline KILN_TARGET
