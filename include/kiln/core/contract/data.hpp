// SPDX-License-Identifier: BSL-1.0
#pragma once
// DATA SET: using Input; int size(); sample(i): a const Tensor<T, Input>&, where T is float or an 8-bit pixel, or for
// Tokens any integer; target(i): a label, or a const Tensor<T, Shape>&; float scale(): the factor for samples and
// tensors of targets as they are read. Several threads ask for samples at once. A reference must stay valid for a
// batch. In the place of a tensor sample and target may give a TensorView (core/tensor_view.hpp), a part of a longer
// array. Targets of integers are labels of frames, not scaled: tensors of Tokens, and tensors of integers other than
// std::uint8_t. A data set of sequences may have int length(i): the frames of sample i, from 1 to those of its shape
// (core/contract/lengths.hpp).
//
// A data set that is divided among ranks (data/sharded.hpp) also has: bool holds(int i): whether this rank has sample i;
// it has all targets. order(int batch, bool shuffles, std::uint64_t key): the order of an epoch in batches of `batch`
// samples, with int size(): the samples in it, and (int place): the number of the sample at a place. The rank that runs
// a place of a batch has the samples at that place. std::uint64_t content_hash(): a hash of all samples, equal on all
// ranks.
//
// LOADER: a source of batches that makes the batches itself, in the background or from smaller batches. using Input;
// int size(): samples in an epoch; void start(long long epoch): begins an epoch, in an order of the loader's own;
// next(): the next batch, valid until the next call: .inputs (a span of const Tensor<float, Input>) and .targets (a
// span of labels or const tensors of floats) of equal size, empty at the end of the epoch. A loader of sequences may
// also give .lengths (a span of const int). On ranks fit calls, if there is, void only(bool (*wanted)(const void*
// context, int sample, int samples), const void* context): batches need only the inputs that are wanted, sample i of n,
// and all targets.

#include <kiln/core/target.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/core/tensor_view.hpp>

#include <concepts>
#include <cstdint>
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

/// Whether a data set or a loader gives the lengths of its samples.
template <class D>
concept GivesLengths = requires(const D& data) {
    { data.length(0) } -> std::same_as<int>;
}
|| requires(D& loader) { loader.next().lengths; };

/// Whether a data set is divided among ranks, and so has an order of its own.
template <class D>
concept IsDivided = requires(const D& data) {
    data.order(1, true, std::uint64_t{0});
    { data.holds(0) } -> std::same_as<bool>;
    { data.content_hash() } -> std::same_as<std::uint64_t>;
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
    static constexpr bool is_label = std::is_integral_v<Pixel> && !std::is_same_v<Pixel, std::uint8_t>;
    using type = Tensor<std::conditional_t<is_label, int, float>, S>;
};
template <class Integer, int Values, int... Sizes>
struct target_as_read<Tensor<Integer, Tokens<Values, Sizes...>>> {
    using type = Tensor<int, Shape<Sizes...>>;
};
template <class T, class S>
struct target_as_read<TensorView<T, S>> : target_as_read<Tensor<T, S>> {};
// The type of a data set's targets as losses and trainers take them: tensors of pixels are tensors of floats.
template <class Data>
using target_in = typename target_as_read<std::remove_cvref_t<decltype(std::declval<const Data&>().target(0))>>::type;
}  // namespace detail

}  // namespace kiln::inline KILN_TARGET
