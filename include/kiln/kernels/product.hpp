// SPDX-License-Identifier: BSL-1.0
#pragma once
// Products of a matrix with a vector of elements, and their adjoints. Over lanes the vector is a matrix with one column
// for each sample.
//
//   y[o]     = b[o] + sum_i w[o][i] x[i]
//   dw[o][i] += dy[o] x[i],   db[o] += dy[o]      (summed over lanes)
//   dx[i]    = sum_o w[o][i] dy[o]
//
// b and db may be Nothing.
//
// Cost: O I multiply-adds each. x and dx may have any shape of I elements. For one float sample each y[o] is a dot
//   product, summed over as many lanes as a native vector has and then across them. For all other elements sums run in
//   the order of i.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/reduce.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

namespace detail {

// Inputs in a panel: as many as stay in the first-level cache while all their weights pass by.
template <class E>
inline constexpr int panel = sizeof(E) < 24576 / 8 ? 24576 / static_cast<int>(sizeof(E)) : 8;

// Adds the inputs of a panel, x[begin .. end), to y[o .. o + OB). `First` starts from the bias, `Last` applies
// `finish`.
template <int OB, bool First, bool Last, class E, class S, class In, int O, int I>
constexpr void product_tile(const Tensor<E, In>& x, const Tensor<S, Shape<O, I>>& w, const auto& b, E* y, auto finish,
                            int o, int begin, int end) {
    ArrayOf<E, OB> sum;
    KILN_UNROLL for (int n = 0; n < OB; ++n) {
        if constexpr (First && is_nothing<decltype(b)>)
            sum[n] = E(S(0));
        else if constexpr (First)
            sum[n] = E(b.data[o + n]);
        else
            sum[n] = load<E>(y + o + n);
    }
    for (int i = begin; i < end; ++i) {
        const E input = load<E>(x.data + i);
        const S* column = one_pointer(w.data + o * I + i);
        KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n] = fma(input, E(column[n * I]), sum[n]);
    }
    KILN_UNROLL for (int n = 0; n < OB; ++n) {
        if constexpr (Last)
            store(finish(sum[n]), y + o + n);
        else
            store(sum[n], y + o + n);
    }
}

template <int Block, bool First, bool Last, int O>
constexpr void product_panel(const auto& x, const auto& w, const auto& b, auto* y, auto finish, int begin, int end) {
    constexpr int whole = O / Block * Block, rest = O - whole;
    for (int o = 0; o < whole; o += Block) product_tile<Block, First, Last>(x, w, b, y, finish, o, begin, end);
    if constexpr (rest > 0) product_tile<rest, First, Last>(x, w, b, y, finish, whole, begin, end);
}

// `product_tile` for one float sample: dot products over packs of neighbouring inputs. The inputs that do not fill a
// pack stand at the end of a last pack, whose other lanes are zero.
template <int OB, class In, int O, int I>
constexpr void dot_tile(const Tensor<float, In>& x, const Tensor<float, Shape<O, I>>& w, const auto& b, float* y,
                        auto finish, int o) {
    using Pack = pack_t<float, I>;
    constexpr int step = width<Pack>, whole = I / step * step, rest = I - whole;
    ArrayOf<Pack, OB> sum;
    KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n] = Pack(0.0f);
    for (int i = 0; i < whole; i += step) {
        const Pack input = load<Pack>(x.data + i);
        KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n] = fma(input, load<Pack>(w.data + (o + n) * I + i), sum[n]);
    }
    if constexpr (rest > 0) {
        Pack input(0.0f);
        for (int l = step - rest; l < step; ++l) input.v[l] = x.data[I - step + l];
        KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n] =
            fma(input, load<Pack>(w.data + (o + n) * I + I - step), sum[n]);
    }
    Totals<Pack, OB> total;
    reduce_each<OB>(sum, total);
    using Row = pack_t<float, OB>;
    KILN_UNROLL for (int k = 0; k < packs_in<float, OB>; ++k) {
        const int n = pack_start<float, OB>(k);
        if constexpr (is_nothing<decltype(b)>)
            store(finish(load<Row>(total + n)), y + o + n);
        else
            store(finish(load<Row>(total + n) + load<Row>(b.data + o + n)), y + o + n);
    }
}

}  // namespace detail

/// y = finish(b + w x).
template <class E, class S, class In, class Out, int O, int I, class Finish = Unchanged>
constexpr void product(const Tensor<E, In>& x, const Tensor<S, Shape<O, I>>& w, const auto& b, Tensor<E, Out>& y,
                       Finish finish = {}) {
    static_assert(In::count == I && Out::count == O);
    if constexpr (std::is_same_v<E, float> && I > 1) {
        constexpr int block = choose_block(O, native_registers / 2), whole = O / block * block, rest = O - whole;
        for (int o = 0; o < whole; o += block) detail::dot_tile<block>(x, w, b, y.data, finish, o);
        if constexpr (rest > 0) detail::dot_tile<rest>(x, w, b, y.data, finish, whole);
    } else {
        constexpr int block = choose_block(O, native_registers * 3 / 4 / vectors_in<E>), panel = detail::panel<E>;
        if constexpr (I <= panel) {
            detail::product_panel<block, true, true, O>(x, w, b, y.data, finish, 0, I);
        } else {
            constexpr int last = (I - 1) / panel * panel;
            detail::product_panel<block, true, false, O>(x, w, b, y.data, finish, 0, panel);
            for (int begin = panel; begin < last; begin += panel)
                detail::product_panel<block, false, false, O>(x, w, b, y.data, finish, begin, begin + panel);
            detail::product_panel<block, false, true, O>(x, w, b, y.data, finish, last, I);
        }
    }
}

namespace detail {

// Adds the outputs of a panel, dy[begin .. end), to dx[i .. i + IB).
template <int IB, bool First, class E, class S, int O, int I>
constexpr void product_input_tile(const Tensor<S, Shape<O, I>>& w, const E* dy, E* dx, int i, int begin, int end) {
    ArrayOf<E, IB> sum;
    KILN_UNROLL for (int n = 0; n < IB; ++n) {
        if constexpr (First)
            sum[n] = E(S(0));
        else
            sum[n] = load<E>(dx + i + n);
    }
    for (int o = begin; o < end; ++o) {
        const E slope = load<E>(dy + o);
        KILN_UNROLL for (int n = 0; n < IB; ++n) sum[n] = fma(slope, E(w.data[o * I + i + n]), sum[n]);
    }
    KILN_UNROLL for (int n = 0; n < IB; ++n) store(sum[n], dx + i + n);
}

template <int Block, bool First, int I>
constexpr void product_input_panel(const auto& w, const auto* dy, auto* dx, int begin, int end) {
    constexpr int whole = I / Block * Block, rest = I - whole;
    for (int i = 0; i < whole; i += Block) product_input_tile<Block, First>(w, dy, dx, i, begin, end);
    if constexpr (rest > 0) product_input_tile<rest, First>(w, dy, dx, whole, begin, end);
}

// `product_input_tile` for one float sample: PB packs of dx, from pack k on, over all outputs.
template <int PB, class S, int O, int I>
constexpr void product_input_packs(const Tensor<S, Shape<O, I>>& w, const float* dy, float* dx, int k) {
    using Pack = pack_t<float, I>;
    ArrayOf<Pack, PB> sum;
    ArrayOf<int, PB> start;
    KILN_UNROLL for (int q = 0; q < PB; ++q) {
        sum[q] = Pack(0.0f);
        start[q] = pack_start<float, I>(k + q);
    }
    for (int o = 0; o < O; ++o) {
        const Pack slope(dy[o]);
        KILN_UNROLL for (int q = 0; q < PB; ++q) sum[q] = fma(slope, load<Pack>(w.data + o * I + start[q]), sum[q]);
    }
    KILN_UNROLL for (int q = 0; q < PB; ++q) store(sum[q], dx + start[q]);
}

}  // namespace detail

/// dx = transpose(w) dy.
template <class E, class S, class In, class Out, int O, int I>
constexpr void product_input_gradient(const Tensor<S, Shape<O, I>>& w, const Tensor<E, Out>& dy, Tensor<E, In>& dx) {
    if constexpr (std::is_same_v<E, float> && I > 1) {
        constexpr int packs = packs_in<float, I>, block = choose_block(packs, native_registers / 2);
        constexpr int whole = packs / block * block, rest = packs - whole;
        for (int k = 0; k < whole; k += block) detail::product_input_packs<block>(w, dy.data, dx.data, k);
        if constexpr (rest > 0) detail::product_input_packs<rest>(w, dy.data, dx.data, whole);
    } else {
        constexpr int block = choose_block(I, native_registers * 3 / 4 / vectors_in<E>), panel = detail::panel<E>;
        detail::product_input_panel<block, true, I>(w, dy.data, dx.data, 0, O < panel ? O : panel);
        if constexpr (O > panel)
            for (int begin = panel; begin < O; begin += panel)
                detail::product_input_panel<block, false, I>(w, dy.data, dx.data, begin,
                                                             O - begin < panel ? O : begin + panel);
    }
}

namespace detail {

// dw[o .. o + OB)[i .. i + L) += sum over lanes l of dy[o][l] columns[l], where columns[l][k] = x[i + k] in lane l.
template <int OB, class T, int L, int O, int I>
constexpr void outer_tile(const ArrayOf<Lanes<T, L>, L>& columns, const Lanes<T, L>* dy, Tensor<T, Shape<O, I>>& dw,
                          int o, int i) {
    using Pack = Lanes<T, L>;
    ArrayOf<Pack, OB> sum;
    KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n] = Pack(T(0));
    constexpr int together = L < 4 ? L : 4;
    for (int first = 0; first < L; first += together) {
        const Pack* slopes = one_pointer(dy + o);
        KILN_UNROLL for (int k = 0; k < together; ++k) {
            const Pack column = load<Pack>(columns + first + k);
            KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n] = fma(column, Pack(slopes[n].v[first + k]), sum[n]);
            KILN_END_STEP;
        }
    }
    KILN_UNROLL for (int n = 0; n < OB; ++n) {
        T* row = dw.data + (o + n) * I + i;
        (Pack::load(row) + sum[n]).store(row);
    }
}

template <class E>
inline constexpr bool is_dual_lanes = requires(const E& element) {
    requires is_lanes<decltype(element.slope)>;
};

// `outer_tile` for dual numbers over lanes: columns of values and of slopes.
template <int OB, class Pack, int O, int I>
constexpr void dual_outer_tile(const ArrayOf<Pack, width<Pack>>& values, const ArrayOf<Pack, width<Pack>>& slopes,
                               const auto* dy, auto& dw, int o, int i) {
    using T = scalar_t<Pack>;
    ArrayOf<Pack, OB> value, slope;
    KILN_UNROLL for (int n = 0; n < OB; ++n) value[n] = slope[n] = Pack(T(0));
    for (int k = 0; k < width<Pack>; ++k) {
        const Pack v = load<Pack>(values + k), s = load<Pack>(slopes + k);
        KILN_UNROLL for (int n = 0; n < OB; ++n) {
            const Pack given(dy[o + n].value.v[k]);
            value[n] = fma(v, given, value[n]);
            slope[n] = fma(v, Pack(dy[o + n].slope.v[k]), fma(s, given, slope[n]));
        }
        KILN_END_STEP;
    }
    for (int n = 0; n < OB; ++n)
        for (int l = 0; l < width<Pack>; ++l) dw.data[(o + n) * I + i + l] += {value[n].v[l], slope[n].v[l]};
}

}  // namespace detail

/// dw += dy transpose(x), db += dy, both summed over lanes.
template <class E, class S, class In, class Out, int O, int I>
constexpr void product_weight_gradient(const Tensor<E, In>& x, const Tensor<E, Out>& dy, Tensor<S, Shape<O, I>>& dw,
                                       auto& db) {
    if constexpr (!is_nothing<decltype(db)>)
        for (int o = 0; o < O; ++o) db.data[o] += reduce(dy.data[o]);
    int whole_inputs = 0;
    if constexpr (is_lanes<E> && (width<E>) > 1) {
        // The gradient is a matrix product over the batch. A block of inputs is transposed, so that row l holds the
        // inputs of sample l, which lane l of dy scales. A sum across lanes for every weight would be three times
        // slower.
        constexpr int L = width<E>, block = choose_block(O, native_registers * 3 / 4 / vectors_in<E>);
        constexpr int whole = O / block * block, rest = O - whole;
        whole_inputs = I / L * L;
        for (int i = 0; i < whole_inputs; i += L) {
            ArrayOf<E, L> columns;
            transpose(x.data + i, columns);
            for (int o = 0; o < whole; o += block) detail::outer_tile<block>(columns, dy.data, dw, o, i);
            if constexpr (rest > 0) detail::outer_tile<rest>(columns, dy.data, dw, whole, i);
        }
    }
    if constexpr ((width<E>) > 1 && detail::is_dual_lanes<E>) {
        using Pack = decltype(E::value);
        constexpr int L = width<E>, block = choose_block(O, native_registers * 3 / 8 / vectors_in<Pack>);
        constexpr int whole = O / block * block, rest = O - whole;
        whole_inputs = I / L * L;
        for (int i = 0; i < whole_inputs; i += L) {
            ArrayOf<Pack, L> part, values, slopes;
            for (int k = 0; k < L; ++k) part[k] = x.data[i + k].value;
            transpose(part, values);
            for (int k = 0; k < L; ++k) part[k] = x.data[i + k].slope;
            transpose(part, slopes);
            for (int o = 0; o < whole; o += block)
                detail::dual_outer_tile<block, Pack, O, I>(values, slopes, dy.data, dw, o, i);
            if constexpr (rest > 0) detail::dual_outer_tile<rest, Pack, O, I>(values, slopes, dy.data, dw, whole, i);
        }
    }
    for (int o = 0; o < O; ++o) {
        int i = whole_inputs;
        if constexpr (std::is_same_v<E, float>) {  // a product of one sample is rounded, then added
            using Pack = Lanes<float, native_lanes>;
            for (; i + native_lanes <= I; i += native_lanes) {
                float* const row = dw.data + o * I + i;
                (Pack::load(row) + rounded(Pack(dy.data[o]) * Pack::load(x.data + i))).store(row);
            }
            for (; i < I; ++i) dw.data[o * I + i] += rounded(dy.data[o] * x.data[i]);
        } else {
            for (; i < I; ++i) dw.data[o * I + i] += reduce(dy.data[o] * x.data[i]);
        }
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
