// SPDX-License-Identifier: BSL-1.0
#pragma once
// Softmax and its logarithm over the first dimension: over all elements of a vector, over the channels of each pixel of
// a map.
//
// Shape: any shape, unchanged
// Formula: Softmax y_c = exp(x_c) / sum_k exp(x_k), with dx_c = y_c (dy_c - sum_k dy_k y_k)
// Formula: LogSoftmax y_c = x_c - log sum_k exp(x_k), with dx_c = dy_c - exp(y_c) sum_k dy_k
// Cost: Softmax one multiply-add per element, LogSoftmax none
// Source: torch.nn.Softmax and LogSoftmax with dim=1, where dim 0 is the batch
//
// The largest x is subtracted before the exponentials, so none overflows. CrossEntropy takes logits, so neither layer
// stands in front of CrossEntropy.

#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/kernels/pack.hpp>

namespace kiln::inline KILN_TARGET::detail {
// The positions of a shape: the index of all dimensions but the first. Each has `classes` elements, `positions` apart.
template <class E, class S>
struct Columns {
    static constexpr int classes = S::extents[0], positions = S::count / classes;
    using Pack = kernels::pack_t<E, positions>;

    /// Calls visit(offset) for packs of neighbouring positions that cover all of them.
    static constexpr void for_each(auto visit) {
        for (int k = 0; k < kernels::packs_in<E, positions>; ++k) visit(kernels::pack_start<E, positions>(k));
    }
    /// The elements of class c at the positions from `offset` on.
    static constexpr Pack load(const Tensor<E, S>& tensor, int c, int offset) {
        return kernels::load<Pack>(tensor.data + c * positions + offset);
    }
    static constexpr void store(const Pack& pack, Tensor<E, S>& tensor, int c, int offset) {
        kernels::store(pack, tensor.data + c * positions + offset);
    }
    static constexpr Pack largest(const Tensor<E, S>& x, int offset) {
        Pack most = load(x, 0, offset);
        for (int c = 1; c < classes; ++c) most = max(load(x, c, offset), most);
        return most;
    }
};
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// Softmax over the first dimension of any shape: the elements at each position are positive and sum to 1.
struct Softmax {
    static constexpr bool puts_out_probabilities = true, mixes_frames = true;

    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr long long multiply_adds(Extents in) { return in.count(); }

    template <class E, class S>
    static constexpr void forward(const Tensor<E, S>& x, Tensor<E, S>& y, auto) {
        using Columns = detail::Columns<E, S>;
        using Pack = typename Columns::Pack;
        Columns::for_each([&](int at) {
            const Pack most = Columns::largest(x, at);
            Pack sum(scalar_t<E>(0));
            for (int c = 0; c < Columns::classes; ++c) {
                const Pack power = exp(Columns::load(x, c, at) - most);
                Columns::store(power, y, c, at);
                sum += power;
            }
            const Pack scale = Pack(scalar_t<E>(1)) / sum;
            for (int c = 0; c < Columns::classes; ++c) Columns::store(Columns::load(y, c, at) * scale, y, c, at);
        });
    }
    static constexpr bool reads_input = false;
    template <class E, class S>
    static constexpr void backward(const Tensor<E, S>&, const Tensor<E, S>& y, const Tensor<E, S>& dy, auto& dx, auto) {
        using Columns = detail::Columns<E, S>;
        using Pack = typename Columns::Pack;
        if constexpr (!is_nothing<decltype(dx)>)
            Columns::for_each([&](int at) {
                Pack mean(scalar_t<E>(0));
                for (int c = 0; c < Columns::classes; ++c)
                    mean = fma(Columns::load(dy, c, at), Columns::load(y, c, at), mean);
                for (int c = 0; c < Columns::classes; ++c)
                    Columns::store((Columns::load(dy, c, at) - mean) * Columns::load(y, c, at), dx, c, at);
            });
    }
    static constexpr Kind kind() { return {.name = "Softmax", .rank = 1}; }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Softmax").with("axis", 1); }
};

/// The logarithm of Softmax for any shape, exact where Softmax itself underflows.
struct LogSoftmax {
    static constexpr bool mixes_frames = true;

    static constexpr Fit shape(Extents in) { return {.out = in}; }

    template <class E, class S>
    static constexpr void forward(const Tensor<E, S>& x, Tensor<E, S>& y, auto) {
        using Columns = detail::Columns<E, S>;
        using Pack = typename Columns::Pack;
        Columns::for_each([&](int at) {
            const Pack most = Columns::largest(x, at);
            Pack sum(scalar_t<E>(0));
            for (int c = 0; c < Columns::classes; ++c) sum += exp(Columns::load(x, c, at) - most);
            const Pack log_sum = log(sum);
            for (int c = 0; c < Columns::classes; ++c)
                Columns::store((Columns::load(x, c, at) - most) - log_sum, y, c, at);
        });
    }
    static constexpr bool reads_input = false;
    template <class E, class S>
    static constexpr void backward(const Tensor<E, S>&, const Tensor<E, S>& y, const Tensor<E, S>& dy, auto& dx, auto) {
        using Columns = detail::Columns<E, S>;
        using Pack = typename Columns::Pack;
        if constexpr (!is_nothing<decltype(dx)>)
            Columns::for_each([&](int at) {
                Pack sum(scalar_t<E>(0));
                for (int c = 0; c < Columns::classes; ++c) sum += Columns::load(dy, c, at);
                for (int c = 0; c < Columns::classes; ++c)
                    Columns::store(fma(-exp(Columns::load(y, c, at)), sum, Columns::load(dy, c, at)), dx, c, at);
            });
    }
    static constexpr Kind kind() { return {.name = "LogSoftmax", .rank = 1}; }
    static void describe(const auto& x, auto& y, auto) { y = x.then("LogSoftmax").with("axis", 1); }
};

}  // namespace kiln
