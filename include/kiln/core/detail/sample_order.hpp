// SPDX-License-Identifier: BSL-1.0
#pragma once
// The order in which the samples of a data set are trained on in an epoch.

#include <kiln/core/contract/data.hpp>
#include <kiln/core/random.hpp>

#include <cstdint>

namespace kiln::inline KILN_TARGET::detail {

/// The order of a data set without one of its own: all samples, shuffled by a key or as they are.
class SampleOrder {
  public:
    SampleOrder(int size, bool shuffles, std::uint64_t key) : shuffled_(size, key), size_(size), shuffles_(shuffles) {}

    int size() const { return size_; }
    int operator()(int place) const { return shuffles_ ? shuffled_(place) : place; }

  private:
    Permutation shuffled_;
    int size_;
    bool shuffles_;
};

/// The order of an epoch in batches of `batch` samples.
template <class Data>
auto order_of(const Data& data, int batch, bool shuffles, std::uint64_t key) {
    if constexpr (IsDivided<Data>)
        return data.order(batch, shuffles, key);
    else
        return SampleOrder(data.size(), shuffles, key);
}

}  // namespace kiln::inline KILN_TARGET::detail
