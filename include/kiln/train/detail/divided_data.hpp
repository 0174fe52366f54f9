// SPDX-License-Identifier: BSL-1.0
#pragma once
// The conditions of `fit` on data that is divided among ranks (core/contract/data.hpp). Other data has none.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/raise.hpp>
#include <kiln/core/detail/sample_order.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/train/options.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

/// The samples that a trainer T takes from a data set or a loader in an epoch.
template <class T>
int samples_in_epoch(const auto& data) {
    if constexpr (IsDivided<std::remove_cvref_t<decltype(data)>>)
        return data.order(T::batch_size, false, 0).size();
    else
        return data.size();
}

/// Refuses data that was divided for another trainer. (A thread of the trainer that lacked a sample would have to throw,
/// which ends the program.)
template <class T, class Data>
void require_own_part([[maybe_unused]] const T& trainer, [[maybe_unused]] const Data& data) {
    if constexpr (IsDivided<Data>) {
        const auto order = data.order(T::batch_size, false, 0);
        for (int place = 0; place < T::batch_size; ++place) {
            if constexpr (!std::is_same_v<typename T::Ranks, NoRanks>)
                if (trainer.rank_of(place, T::batch_size) != trainer.ranks().rank()) continue;
            if (!data.holds(order(place)))
                raise<std::invalid_argument>("kiln: fit needs the shards that its own passes read, got Sharded of "
                                             "another trainer; try Sharded{trainer, …} of this one");
        }
    }
}

/// Warns, if `warnings` is a stream, if an epoch leaves out a batch and a tenth of all samples.
template <class T, class Data>
void warn_of_samples_left_out([[maybe_unused]] const Data& data, [[maybe_unused]] std::FILE* warnings) {
    if constexpr (IsDivided<Data>) {
        const int taken = samples_in_epoch<T>(data), left_out = data.size() - taken;
        if (warnings == nullptr || left_out < T::batch_size || left_out < data.size() / 10) return;
        const std::string text =
            concat("kiln: warning: an epoch takes ", taken, " of ", data.size(),
                   " samples, for it takes as many from all pools of shards as from the smallest; try shards of equal "
                   "size\n");
        std::fputs(text.c_str(), warnings);
    }
}

}  // namespace kiln::inline KILN_TARGET::detail
