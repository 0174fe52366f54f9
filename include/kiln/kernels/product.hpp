// SPDX-License-Identifier: BSL-1.0
#pragma once
// Products of a matrix with a vector of elements, and their adjoints. Over lanes a vector is a matrix: one column per
// sample.
//
//   y[o]     = b[o] + sum_i w[o][i] x[i]
//   dw[o][i] += dy[o] x[i],   db[o] += dy[o]      (summed over lanes)
//   dx[i]    = sum_o w[o][i] dy[o]
//
// Cost: O I multiply-adds each. x and dx may have any shape of I elements. For one float sample y is a row of dot
// products, each summed over as many lanes as a native vector has and then across them; for all other elements sums run
// in the order of i.

#include <kiln/core/tensor.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>

#include <type_traits>

namespace kiln::kernels {

namespace detail {

// y[o .. o + OB) for one element per input.
template <int OB, class E, class S, class In, int O, int I>
constexpr void product_tile(const Tensor<E, In>& x, const Tensor<S, Shape<O, I>>& w, const Tensor<S, Shape<O>>& b, E* y,
                            auto finish, int o) {
    E sum[OB];
    KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n] = E(b.data[o + n]);
    for (int i = 0; i < I; ++i) {
        const E input = load<E>(x.data + i);
        KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n] = fma(input, E(w.data[(o + n) * I + i]), sum[n]);
    }
    KILN_UNROLL for (int n = 0; n < OB; ++n) store(finish(sum[n]), y + o + n);
}

// The same as dot products over packs of neighbouring inputs.
template <int OB, class In, int O, int I>
constexpr void dot_tile(const Tensor<float, In>& x, const Tensor<float, Shape<O, I>>& w,
                        const Tensor<float, Shape<O>>& b, float* y, int o) {
    using Pack = pack_t<float, I>;
    constexpr int step = width<Pack>, whole = I / step * step;
    Pack sum[OB];
    KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n] = Pack(0.0f);
    for (int i = 0; i < whole; i += step) {
        const Pack input = load<Pack>(x.data + i);
        KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n] = fma(input, load<Pack>(w.data + (o + n) * I + i), sum[n]);
    }
    float total[OB];
    reduce_each(sum, total);
    for (int n = 0; n < OB; ++n) {
        total[n] += b.data[o + n];
        for (int i = whole; i < I; ++i) total[n] = fma(x.data[i], w.data[(o + n) * I + i], total[n]);
        y[o + n] = total[n];
    }
}

// y = finish(y), in packs of neighbours.
template <int O>
constexpr void finish_row(float* y, auto finish) {
    using Pack = pack_t<float, O>;
    constexpr int step = pack_step<float, O>, whole = O / step * step;
    for (int o = 0; o < whole; o += step) store(finish(load<Pack>(y + o)), y + o);
    for (int o = whole; o < O; ++o) y[o] = finish(y[o]);
}

}  // namespace detail

/// y = finish(b + w x).
template <class E, class S, class In, class Out, int O, int I, class Finish = Unchanged>
constexpr void product(const Tensor<E, In>& x, const Tensor<S, Shape<O, I>>& w, const Tensor<S, Shape<O>>& b,
                       Tensor<E, Out>& y, Finish finish = {}) {
    static_assert(In::count == I && Out::count == O);
    constexpr bool dots = std::is_same_v<E, float> && I > 1;
    constexpr int block = choose_block(O, dots ? native_registers / 2 : native_registers * 3 / 4 / vectors_in<E>);
    constexpr int whole = O / block * block, rest = O - whole;
    if constexpr (dots) {
        for (int o = 0; o < whole; o += block) detail::dot_tile<block>(x, w, b, y.data, o);
        if constexpr (rest > 0) detail::dot_tile<rest>(x, w, b, y.data, whole);
        if constexpr (!std::is_same_v<Finish, Unchanged>) detail::finish_row<O>(y.data, finish);
    } else {
        for (int o = 0; o < whole; o += block) detail::product_tile<block>(x, w, b, y.data, finish, o);
        if constexpr (rest > 0) detail::product_tile<rest>(x, w, b, y.data, finish, whole);
    }
}

namespace detail {

// dx[i .. i + IB).
template <int IB, class E, class S, int O, int I>
constexpr void product_input_tile(const Tensor<S, Shape<O, I>>& w, const E* dy, E* dx, int i) {
    E sum[IB];
    KILN_UNROLL for (int n = 0; n < IB; ++n) sum[n] = E(S(0));
    for (int o = 0; o < O; ++o) {
        const E slope = load<E>(dy + o);
        KILN_UNROLL for (int n = 0; n < IB; ++n) sum[n] = fma(slope, E(w.data[o * I + i + n]), sum[n]);
    }
    KILN_UNROLL for (int n = 0; n < IB; ++n) store(sum[n], dx + i + n);
}

}  // namespace detail

/// dx = transpose(w) dy.
template <class E, class S, class In, class Out, int O, int I>
constexpr void product_input_gradient(const Tensor<S, Shape<O, I>>& w, const Tensor<E, Out>& dy, Tensor<E, In>& dx) {
    constexpr int block = choose_block(I, native_registers * 3 / 4 / vectors_in<E>);
    constexpr int whole = I / block * block, rest = I - whole;
    for (int i = 0; i < whole; i += block) detail::product_input_tile<block>(w, dy.data, dx.data, i);
    if constexpr (rest > 0) detail::product_input_tile<rest>(w, dy.data, dx.data, whole);
}

namespace detail {

// dw[o .. o + OB)[i .. i + L) += sum over lanes l of dy[o][l] columns[l], where columns[l][k] = x[i + k] in lane l.
template <int OB, class T, int L, int O, int I>
constexpr void outer_tile(const Lanes<T, L> (&columns)[L], const Lanes<T, L>* dy, Tensor<T, Shape<O, I>>& dw, int o,
                          int i) {
    using Pack = Lanes<T, L>;
    Pack sum[OB];
    KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n] = Pack::load(dw.data + (o + n) * I + i);
    for (int l = 0; l < L; ++l) {
        const Pack column = load<Pack>(columns + l);
        KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n] = fma(column, Pack(dy[o + n].v[l]), sum[n]);
    }
    KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n].store(dw.data + (o + n) * I + i);
}

}  // namespace detail

/// dw += dy transpose(x), db += dy, both summed over lanes.
template <class E, class S, class In, class Out, int O, int I>
constexpr void product_weight_gradient(const Tensor<E, In>& x, const Tensor<E, Out>& dy, Tensor<S, Shape<O, I>>& dw,
                                       Tensor<S, Shape<O>>& db) {
    for (int o = 0; o < O; ++o) db.data[o] += reduce(dy.data[o]);
    int whole_inputs = 0;
    if constexpr (width < E >> 1) {
        // A product over the batch: the inputs of a block, transposed, are rows that the lanes of dy scale. A sum
        // across lanes for every weight would be three times slower.
        constexpr int L = width<E>, block = choose_block(O, 20 / vectors_in<E>);
        constexpr int whole = O / block * block, rest = O - whole;
        whole_inputs = I / L * L;
        for (int i = 0; i < whole_inputs; i += L) {
            E columns[L];
            transpose(x.data + i, columns);
            for (int o = 0; o < whole; o += block) detail::outer_tile<block>(columns, dy.data, dw, o, i);
            if constexpr (rest > 0) detail::outer_tile<rest>(columns, dy.data, dw, whole, i);
        }
    }
    for (int o = 0; o < O; ++o)
        for (int i = whole_inputs; i < I; ++i) dw.data[o * I + i] += reduce(dy.data[o] * x.data[i]);
}

}  // namespace kiln::kernels
