// SPDX-License-Identifier: BSL-1.0
#pragma once
// DATA SET: using Input; int size(); sample(i): a const Tensor<T, Input>&, T float or an 8-bit pixel; target(i): a label,
//   or a const Tensor<T, Shape>&; float scale(), by which samples and tensors of targets are multiplied on their way in.
//   Threads ask for different samples at once, and the referent of a reference must last for a batch.
//
// LOADER: a source of batches that makes them itself, in the background or out of smaller ones. using Input; int size():
//   samples in an epoch; void start(long long epoch) begins an epoch, in an order of its own; next() gives the next batch,
//   valid until the next call: .inputs (a span of const Tensor<float, Input>) and .targets (a span of labels or const
//   tensors of floats) of equal size, empty at the end of the epoch.

#include <kiln/core/target.hpp>

#include <concepts>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

template <class D>
concept DataSet = requires(const D& data, int i) {
    typename D::Input;
    { data.size() } -> std::same_as<int>;
    { data.scale() } -> std::convertible_to<float>;
    data.sample(i);
    data.target(i);
};

template <class D>
concept BatchLoader = requires(D& data, long long epoch) {
    typename D::Input;
    { data.size() } -> std::same_as<int>;
    data.start(epoch);
    data.next().inputs;
    data.next().targets;
};

/// The data that a trainer's `fit` reads.
template <class D>
concept TrainingData = DataSet<std::remove_cvref_t<D>> || BatchLoader<std::remove_cvref_t<D>>;

}  // namespace kiln::inline KILN_TARGET
