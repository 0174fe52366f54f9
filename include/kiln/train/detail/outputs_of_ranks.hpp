// SPDX-License-Identifier: BSL-1.0
#pragma once
// The outputs of a model for many samples, on ranks: each rank runs a contiguous part of the samples, and shares the
// outputs. Parts end where a batch of one rank would end, so the bits are those of one rank.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/ranks.hpp>
#include <kiln/train/detail/mean_loss.hpp>
#include <kiln/train/options.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace kiln::inline KILN_TARGET::detail {

// The end of the part of each rank, of samples first … end - 1.
template <class M>
std::vector<int> ends_of_parts(int ranks, int first, int end) {
    const int batches = (end - first + M::largest_batch - 1) / M::largest_batch;
    std::vector<int> ends;
    for (int rank = 1; rank < ranks; ++rank)
        ends.push_back(first + first_pass_of(rank, ranks, batches) * M::largest_batch);
    ends.push_back(end);
    for (int& last : ends) last = last < end ? last : end;
    return ends;
}

// Calls run(first, end) for this rank's part of samples first … end - 1, and gives every rank all of their outputs.
template <class M>
void share_outputs(auto& ranks, int first, int end, std::span<Tensor<float, typename M::Output>> outputs, auto run) {
    using Out = Tensor<float, typename M::Output>;
    static_assert(std::is_trivially_copyable_v<Out>);
    const std::vector<int> ends = ends_of_parts<M>(ranks.count(), first, end);
    const auto own = static_cast<std::size_t>(ranks.rank());
    run(own == 0 ? first : ends[own - 1], ends[own]);
    std::vector<std::size_t> bytes;
    for (const int last : ends) bytes.push_back(static_cast<std::size_t>(last - first) * sizeof(Out));
    ranks.share(std::as_writable_bytes(outputs), bytes);
}

template <class M, class Data, class R>
void judge_outputs(const M& model, const Data& data, auto judge, R& ranks) {
    using Out = Tensor<float, typename M::Output>;
    // A rank's outputs of a block, and so the memory for a block, grow with the number of ranks only.
    constexpr int batches_of_rank = 1 + static_cast<int>((1 << 18) / sizeof(Out)) / M::largest_batch;
    const int block = ranks.count() * batches_of_rank * M::largest_batch;
    std::vector<Out> outputs(static_cast<std::size_t>(block < data.size() ? block : data.size()));
    for (int first = 0; first < data.size(); first += block) {
        const int end = data.size() - first < block ? data.size() : first + block;
        const auto output = [&](int i) -> Out& { return outputs[static_cast<std::size_t>(i - first)]; };
        share_outputs<M>(ranks, first, end, std::span(outputs).first(static_cast<std::size_t>(end - first)),
                         [&](int begin, int last) {
                             for_each_output(model, data, begin, last, [&](int i, const auto& y) { output(i) = y; });
                         });
        for (int i = first; i < end; ++i) judge_output(data, i, output(i), judge);
    }
}

}  // namespace kiln::inline KILN_TARGET::detail
