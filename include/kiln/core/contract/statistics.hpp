// SPDX-License-Identifier: BSL-1.0
#pragma once
// BATCH STATISTICS: a layer may compute with sums over all samples of a batch, though a pass has only some of them. Then
// all passes of a step measure, in their order, before the first of them runs the layer forward, and once more before the
// first of them runs it backward. forward and backward find the measurements of the whole batch in at.statistics, which is
// Nothing in inference.
//
//     template <class S, class In> struct Statistics
//         the measurements of a pass, or of several: a plain value, zero when nothing has been measured
//     static void measure(x, own, at)
//         sets the measurements `own` of this pass, before forward
//     static void merge(all, own)
//         adds the measurements of a pass to those of the passes before it
//     static void measure_slopes(x, y, dy, own, at)
//         the same before backward. It adds to at.gradients the derivatives of what the layer learns. It may overwrite dy;
//         backward is then given the result as dy, and as y too
//     static void merge_slopes(all, own)
//         adds those
//     static void settle(state, all, int samples)
//         as of any layer, from the statistics of the batch
//
// nets/sections.hpp and train/passes.hpp run the passes in this order.

#include <kiln/core/contract/records.hpp>
#include <kiln/core/record.hpp>

namespace kiln::inline KILN_TARGET {

/// Whether layer L, or a part of it, computes with sums over all samples of a batch.
template <class L, class In>
inline constexpr bool measures_batch = !is_nothing<statistics_t<L, float, In>>;
/// The same of a layer that is no container.
template <class L, class In>
concept HasStatistics = !Composite<L> && measures_batch<L, In>;

}  // namespace kiln::inline KILN_TARGET
