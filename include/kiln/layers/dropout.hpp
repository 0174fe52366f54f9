// SPDX-License-Identifier: BSL-1.0
#pragma once
// Dropout: in training each element becomes 0 with probability P, and an element that stays is divided by 1 - P.
//
// Shape: any shape, unchanged
// Formula: y = factor x, where factor is 0 with probability P, else 1 / (1 - P); in inference y = x
// Source: N. Srivastava et al.: Dropout, 2014; torch.nn.Dropout
//
// Which elements stay is a function of the pass's key, the sample's number in the batch and the element's index, so the
// same elements stay for any number of lanes and threads.

#include <kiln/core/contract.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/real.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/pointwise.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace kiln {

/// Dropout of any shape with probability P; 0 <= P < 1.
template <real P = 0.5>
struct Dropout {
    static constexpr double probability = static_cast<double>(P);
    static constexpr bool identity_in_inference = true, reads_input = false, reads_output = false;

    static constexpr Fit shape(Extents in) { return {.out = in, .fits = 0 <= probability && probability < 1}; }
    template <class>
    using needs = probability_below_one;

    // The factor of each element: 0 or 1 / (1 - P).
    template <class E, class In>
    struct Tape {
        Tensor<E, In> factor;
    };

    template <class E, class In>
    static constexpr void forward(const Tensor<E, In>& x, Tensor<E, In>& y, auto at) {
        if constexpr (is_nothing<decltype(at.tape)>) {
            kernels::apply([](const auto& input) { return input; }, x, y);
        } else {
            draw(at.tape.factor, at.pass);
            kernels::apply([](const auto& input, const auto& factor) { return input * factor; }, x, at.tape.factor, y);
        }
    }
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto at) {
        if constexpr (!is_nothing<decltype(dx)>)
            kernels::apply([](const auto& slope, const auto& factor) { return slope * factor; }, dy, at.tape.factor,
                           dx);
    }
    static constexpr Kind kind() { return {}; }
    static void describe(const auto& x, auto& y, auto) { y = x; }

  private:
    // Two elements share the 64 random bits of their pair; an element stays if its half is not below P 2^32.
    template <class E, class In>
    static constexpr void draw(Tensor<E, In>& factor, const Pass& pass) {
        using S = scalar_t<E>;
        constexpr auto lanes = static_cast<std::size_t>(width<E>);
        constexpr auto limit = static_cast<std::uint64_t>(probability * 0x1p32);
        const S kept = S(1 / (1 - probability));
        std::array<std::uint64_t, lanes> sample{}, bits{};
        for (std::size_t l = 0; l < lanes; ++l)
            sample[l] = hash(pass.key, static_cast<std::uint64_t>(pass.first_sample) + l);
        for (int i = 0; i < In::count; ++i) {
            E drawn(S(0));
            for (std::size_t l = 0; l < lanes; ++l) {
                if (i % 2 == 0) bits[l] = detail::mix(sample[l] + static_cast<std::uint64_t>(i) * detail::golden_ratio);
                const std::uint64_t half = i % 2 == 0 ? bits[l] & 0xffffffff : bits[l] >> 32;
                set_lane(drawn, static_cast<int>(l), half < limit ? S(0) : kept);
            }
            kernels::store(drawn, factor.data + i);
        }
    }
};

}  // namespace kiln
