// SPDX-License-Identifier: BSL-1.0
#pragma once
// A layer at work: everything that its passes need beside the layer itself, filled with random numbers, and how far two
// tensors are apart. What nobody has written yet is filled with NaN, so that reading it shows.

#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace kiln::laws {

/// Every lane of every element uniform between -bound and bound.
template <class E, class S>
constexpr void fill(Tensor<E, S>& tensor, Random& random, float bound = 1) {
    for (E& value : tensor)
        for (int l = 0; l < width<E>; ++l) set_lane(value, l, scalar_t<E>(random.uniform(-bound, bound)));
}
/// Every tensor of a record of scalars S, the same.
template <class S, class R>
constexpr void fill_record(R& record, Random& random, float bound = 0.5f) {
    for (const Slice<S>& slice : tensors<S>(record))
        for (S& value : slice) value = S(random.uniform(-bound, bound));
}

/// The numbers in lane l.
template <class S = double, class E, class Dims>
constexpr Tensor<S, Dims> lane_of(const Tensor<E, Dims>& tensor, int l) {
    Tensor<S, Dims> numbers;
    for (int i = 0; i < Dims::count; ++i) numbers.data[i] = S(lane(tensor.data[i], l));
    return numbers;
}

/// All bits set: NaN in float and double.
constexpr void set_bits(auto& part) {
    if constexpr (!std::is_empty_v<std::remove_reference_t<decltype(part)>>)
        if (!std::is_constant_evaluated()) std::memset(static_cast<void*>(&part), 0xff, sizeof part);
}

/// Layer L on inputs of shape In, over elements E.
template <class L, class In, class E>
struct Instance {
    using Scalar = scalar_t<E>;
    using Out = output_t<L, In>;
    using Parameters = parameters_t<L, Scalar, In>;
    template <Wanted W>
    using Scratch = scratch_t<L, E, In, W>;

    Tensor<E, In> x, dx;
    Tensor<E, Out> y, dy;
    Parameters parameters{};
    gradients_t<L, Scalar, In> gradients{};
    state_t<L, Scalar, In> state{};
    observed_t<L, Scalar, In> observed{};
    statistics_t<L, Scalar, In> statistics{};
    tape_t<L, E, In> tape;
    int first_sample = 0;  // the number, within the batch, of the sample in lane 0
    int live = width<E>;   // lanes from here on hold no sample

    /// Random x, dy and parameters; nothing else is set.
    constexpr explicit Instance(std::uint64_t seed) {
        Random random{Seed{seed}};
        fill(x, random);
        fill(dy, random);
        fill_record<Scalar>(parameters, random);
        kiln::initialize_state<L>(state);
        set_bits(dx);
        set_bits(y);
        set_bits(tape);
    }

    constexpr void forward() {
        in_training<Wanted::all_gradients>([&](auto at) { forward_part<L>(x, y, at); });
    }
    constexpr void backward() { backward_into<Wanted::all_gradients>(dx); }
    constexpr void backward_without_dx() {
        Nothing nobody;
        backward_into<Wanted::parameter_gradients>(nobody);
    }
    /// Forward as in inference: without tape and gradients.
    constexpr void infer() {
        Nothing none;
        Scratch<Wanted::outputs> scratch;
        set_bits(scratch);
        forward_part<L>(x, y, context(none, none, none, none, scratch, {.live = width<E>}));
    }

    /// Updates the state, as after a step of this pass alone.
    constexpr void settle() { kiln::settle<L, In>(state, observed, statistics, live); }

  private:
    constexpr auto context(auto& sums, auto& sees, auto& measured, auto& kept, auto& scratch, const Pass& pass) {
        return Context{parameters, sums, std::as_const(state), sees, measured, kept, scratch, pass};
    }
    template <Wanted W>
    constexpr void in_training(auto pass) {
        Scratch<W> scratch;  // a new one for each pass: nothing may stay in it
        set_bits(scratch);
        pass(context(gradients, observed, statistics, tape, scratch,
                     {.training = true, .first_sample = first_sample, .live = live}));
    }
    template <Wanted W>
    constexpr void backward_into(auto& slopes) {
        Tensor<E, Out> given = dy;  // a layer may overwrite it
        in_training<W>([&](auto at) { backward_part<L>(x, y, given, slopes, at); });
    }
};

/// The largest absolute value of a range.
inline double magnitude(const auto& range) {
    double most = 0;
    for (const auto& value : range) most = std::max(most, std::abs(static_cast<double>(value)));
    return most;
}

/// The largest difference of two ranges, relative to the largest value of the second, the reference. Infinite where
/// either holds a NaN.
inline double distance(const auto& range, const auto& reference) {
    double most = 0;
    auto other = reference.begin();
    for (const auto& value : range) {
        const double difference = std::abs(static_cast<double>(value) - static_cast<double>(*other++));
        most = difference <= std::numeric_limits<double>::max() ? std::max(most, difference)
                                                                : std::numeric_limits<double>::infinity();
    }
    const double size = magnitude(reference);
    return size > 0 ? most / size : most;
}

/// The same of two records, tensor by tensor: the worst.
template <class S, class R>
double record_distance(const R& record, const R& reference) {
    const auto a = tensors<const S>(record), b = tensors<const S>(reference);
    double most = 0;
    for (std::size_t k = 0; k < a.size(); ++k) most = std::max(most, distance(a[k], b[k]));
    return most;
}

}  // namespace kiln::laws
