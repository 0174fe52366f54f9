// SPDX-License-Identifier: BSL-1.0
#pragma once
// DATA SET: using Input; int size(); sample(i): a const Tensor<T, Input>&, where T is float or an 8-bit pixel;
// target(i): a label, or a const Tensor<T, Shape>&; float scale(): the factor for samples and tensors of targets as
// they are read. Several threads ask for samples at once. A reference must stay valid for a batch.
//
// LOADER: a source of batches that makes the batches itself, in the background or from smaller batches. using Input;
// int size(): samples in an epoch; void start(long long epoch): begins an epoch, in an order of the loader's own;
// next(): the next batch, valid until the next call: .inputs (a span of const Tensor<float, Input>) and .targets (a
// span of labels or const tensors of floats) of equal size, empty at the end of the epoch.

#include <kiln/core/target.hpp>
#include <kiln/core/tensor.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

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

/// The data that a trainer's `fit` reads: a data set or a loader.
template <class D>
concept TrainingData = DataSet<std::remove_cvref_t<D>> || BatchLoader<std::remove_cvref_t<D>>;

namespace detail {
template <class Target>
struct target_as_read {
    using type = Target;
};
template <class Pixel, class S>
struct target_as_read<Tensor<Pixel, S>> {
    using type = Tensor<float, S>;
};
// The type of a data set's targets as losses and trainers take them: tensors of pixels are tensors of floats.
template <class Data>
using target_in = typename target_as_read<std::remove_cvref_t<decltype(std::declval<const Data&>().target(0))>>::type;
}  // namespace detail

}  // namespace kiln::inline KILN_TARGET
