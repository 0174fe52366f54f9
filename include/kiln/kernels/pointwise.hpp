// SPDX-License-Identifier: BSL-1.0
#pragma once
// One function applied to every element. Compilers vectorise loops this plain for floats; lanes are vectors already.

#include <kiln/core/tensor.hpp>
#include <kiln/kernels/pack.hpp>

namespace kiln::inline KILN_TARGET::kernels {

/// y[i] = f(x[i]).
template <class E, class In, class Out>
constexpr void apply(auto f, const Tensor<E, In>& x, Tensor<E, Out>& y) {
    static_assert(In::count == Out::count);
    for (int i = 0; i < In::count; ++i) store(f(load<E>(x.data + i)), y.data + i);
}

/// z[i] = f(x[i], y[i]).
template <class E, class In, class Out>
constexpr void apply(auto f, const Tensor<E, In>& x, const Tensor<E, In>& y, Tensor<E, Out>& z) {
    static_assert(In::count == Out::count);
    for (int i = 0; i < In::count; ++i) store(f(load<E>(x.data + i), load<E>(y.data + i)), z.data + i);
}

/// Row k of the weights *= scale_k, and bias_k = scale_k bias_k + shift_k. The weights may have any number of
/// dimensions.
template <class S, class Dims, int Rows>
constexpr void scale_rows(Tensor<S, Dims>& weight, Tensor<S, Shape<Rows>>& bias, const Tensor<S, Shape<Rows>>& scale,
                          const Tensor<S, Shape<Rows>>& shift) {
    constexpr int length = Dims::count / Rows;
    for (int k = 0; k < Rows; ++k) {
        for (int i = k * length; i < (k + 1) * length; ++i) weight.data[i] *= scale[k];
        bias[k] = fma(scale[k], bias[k], shift[k]);
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
