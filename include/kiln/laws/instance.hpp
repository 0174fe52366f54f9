// SPDX-License-Identifier: BSL-1.0
#pragma once
// A layer at work outside a network, with everything that its passes need, filled with random numbers. Memory not yet
// written is NaN, so that a read of it shows.

#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/random.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace kiln::laws {

/// Sets every lane of every element to a uniform number between -bound and bound.
template <class E, class S>
constexpr void fill(Tensor<E, S>& tensor, Random& random, float bound = 1) {
    for (E& value : tensor)
        for (int l = 0; l < width<E>; ++l) set_lane(value, l, scalar_t<E>(random.uniform(-bound, bound)));
}
/// Sets every lane of every integer to a random number below Values.
template <class E, int Values, int... Sizes>
constexpr void fill(Tensor<E, Tokens<Values, Sizes...>>& tensor, Random& random, float = 1) {
    for (index_t<E>& value : tensor)
        for (int l = 0; l < width<E>; ++l) set_lane(value, l, random.below(Values));
}
/// Fills each of several tensors.
template <class E, class... S>
constexpr void fill(Tensor<E, Shapes<S...>>& tensors, Random& random, float bound = 1) {
    [&]<int... I>(std::integer_sequence<int, I...>) { (fill(tensors.template get<I>(), random, bound), ...); }
    (std::make_integer_sequence<int, static_cast<int>(sizeof...(S))>{});
}
/// Sets every number in the tensors of a record of scalars S to a uniform number between -bound and bound.
template <class S, class R>
constexpr void fill_record(R& record, Random& random, float bound = 0.5f) {
    for (const Slice<S>& slice : tensors<S>(record))
        for (S& value : slice) value = S(random.uniform(-bound, bound));
}

/// Copies the numbers in the tensors of one record of scalars S to another, and returns true; copies nothing and returns
/// false unless the other has as many tensors of as many numbers.
template <class S>
constexpr bool copy_numbers(const auto& from, auto& to) {
    const auto source = tensors<const S>(from);
    const auto target = tensors<S>(to);
    bool agrees = source.size() == target.size();
    for (std::size_t k = 0; agrees && k < source.size(); ++k) agrees = source[k].count == target[k].count;
    for (std::size_t k = 0; agrees && k < source.size(); ++k)
        for (int i = 0; i < source[k].count; ++i) target[k].data[i] = source[k].data[i];
    return agrees;
}

/// Sets all bits: NaN in float and double.
constexpr void set_bits(auto& part) {
    if constexpr (!std::is_empty_v<std::remove_reference_t<decltype(part)>>)
        if (!std::is_constant_evaluated()) std::memset(static_cast<void*>(&part), 0xff, sizeof part);
}

/// Layer L on inputs of shape In, over elements E, with all memory of its passes.
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
    int first_sample = 0;          // the number, within the batch, of the sample in lane 0
    int live = width<E>;           // lanes from `live` on hold no sample
    const int* lengths = nullptr;  // the frames of the sample in each lane, null if each has all

    /// Draws parameters, and x and dy between -bound and bound; everything else stays unset.
    constexpr explicit Instance(std::uint64_t seed, float bound = 1) {
        Random random{Seed{seed}};
        fill(x, random, bound);
        fill(dy, random, bound);
        fill_record<Scalar>(parameters, random);
        kiln::initialize_state<L>(state);
        set_bits(dx);
        set_bits(y);
        set_bits(tape);
    }

    [[gnu::noinline]] constexpr void forward() {
        pass<Wanted::all_gradients>(gradients, observed, statistics, tape, [&](auto at) { forward_part<L>(x, y, at); });
    }
    [[gnu::noinline]] constexpr void backward() { backward_into<Wanted::all_gradients>(dx); }
    [[gnu::noinline]] constexpr void backward_without_dx() {
        Nothing nobody;
        backward_into<Wanted::parameter_gradients>(nobody);
    }
    /// Runs forward as in inference: without tape and gradients.
    [[gnu::noinline]] constexpr void infer() {
        Nothing none;
        pass<Wanted::outputs>(none, none, none, none, [&](auto at) { forward_part<L>(x, y, at); });
    }
    /// Updates the state, as after a step that consists of this pass alone.
    constexpr void settle() { kiln::settle<L, In>(state, observed, statistics, live); }

  private:
    // Builds the context of every pass of every law.
    template <Wanted W>
    constexpr void pass(auto& sums, auto& observed_sums, auto& measurements, auto& pass_tape, auto run) {
        Scratch<W> scratch;  // new for each pass: no pass may rely on what another left there
        set_bits(scratch);
        const bool training = W != Wanted::outputs;
        run(Context{parameters, sums, std::as_const(state), observed_sums, measurements, pass_tape, scratch,
                    Pass{.training = training,
                         .first_sample = training ? first_sample : 0,
                         .live = training ? live : width<E>,
                         .lengths = lengths}});
    }
    template <Wanted W>
    constexpr void backward_into(auto& slopes) {
        Tensor<E, Out> given = dy;  // a layer may overwrite it
        pass<W>(gradients, observed, statistics, tape, [&](auto at) { backward_part<L>(x, y, given, slopes, at); });
    }
};

}  // namespace kiln::laws
