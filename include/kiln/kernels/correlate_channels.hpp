// SPDX-License-Identifier: BSL-1.0
#pragma once
// Correlation along time where every channel has a row of its own, and neighbouring frames stand side by side:
//
//   y[o][t] = start(o, t) + sum_{tap,i} w[o][i][tap] x[i][at(tap) + t]
//
// A pack of float holds neighbouring frames of one channel. So few channels fill the machine's vectors, and the weights
// stand in any order. Other elements are visited one by one. Sums run in the order of taps, then of i, for any number
// of frames.
//
// Rows are ChannelRow<E>::block frames long at most. A pack may go beyond the last frame: up to `padded` frames of x are
// read, and of y written.
//
// Cost: frames · taps · inputs · outputs multiply-adds.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

/// A few frames of a channel, side by side.
template <class E>
struct ChannelRow {
    static constexpr int block = std::is_same_v<E, float> ? 64 : 16;  ///< frames in a row, at most
    using Pack = pack_t<E, block>;
    static constexpr int step = pack_step<E, block>;  ///< frames in a pack

    /// The frames of all packs that hold `frames` frames.
    static constexpr int padded(int frames) { return (frames + step - 1) / step * step; }
};

/// The sizes of a correlation of channels, and the distances of its weights in memory.
struct ChannelSizes {
    int inputs = 1, outputs = 1, taps = 1;
    int w_tap = 0, w_input = 1, w_output = 1;
};

namespace detail {

// The outputs from `begin` on, OB of them, by PB packs from frame t on.
template <ChannelSizes F, int OB, int PB, class E, class S>
constexpr void channel_tile(const E* x, int x_row, const int* at, const S* w, auto start, E* y, int y_row, int begin,
                            int t) {
    using Pack = typename ChannelRow<E>::Pack;
    constexpr int step = ChannelRow<E>::step;
    ArrayOf<ArrayOf<Pack, PB>, OB> sum;
    KILN_UNROLL for (int o = 0; o < OB; ++o) KILN_UNROLL for (int q = 0; q < PB; ++q)
        store(start(begin + o, t + q * step), sum[o] + q);
    for (int tap = 0; tap < F.taps; ++tap) {
        const E* const row = x + at[tap] + t;
        const S* const factors = one_pointer(w + tap * F.w_tap + begin * F.w_output);
        for (int i = 0; i < F.inputs; ++i) {
            ArrayOf<Pack, PB> input;
            KILN_UNROLL for (int q = 0; q < PB; ++q) store(load<Pack>(row + i * x_row + q * step), input + q);
            KILN_UNROLL for (int o = 0; o < OB; ++o) {
                const Pack factor(factors[i * F.w_input + o * F.w_output]);
                KILN_UNROLL for (int q = 0; q < PB; ++q) store(fma(input[q], factor, sum[o][q]), sum[o] + q);
            }
            KILN_END_STEP;
        }
    }
    KILN_UNROLL for (int o = 0; o < OB; ++o) KILN_UNROLL for (int q = 0; q < PB; ++q)
        store(sum[o][q], y + (begin + o) * y_row + t + q * step);
}

// All outputs, in blocks that stay in registers.
template <ChannelSizes F, int OB, int PB, class E, class S>
constexpr void channel_outputs(const E* x, int x_row, const int* at, const S* w, auto start, E* y, int y_row, int t) {
    constexpr int whole = F.outputs / OB * OB;
    for (int o = 0; o < whole; o += OB) channel_tile<F, OB, PB>(x, x_row, at, w, start, y, y_row, o, t);
    if constexpr (whole < F.outputs) channel_tile<F, F.outputs - whole, PB>(x, x_row, at, w, start, y, y_row, whole, t);
}

}  // namespace detail

/// `frames` frames of all outputs. Channels of x are x_row apart, those of y y_row; `at` has where the frames of each tap
/// begin in a channel. start(o, t) gives the packs from which the sums start.
template <ChannelSizes F, class E, class S>
constexpr void correlate_channels(const E* x, int x_row, const int* at, const S* w, auto start, E* y, int y_row,
                                  int frames) {
    using Row = ChannelRow<E>;
    constexpr Tile tile = choose_tile(F.outputs, 4, vectors_in<typename Row::Pack>, F.taps * F.inputs);
    int t = 0;
    for (; t + tile.inner * Row::step <= frames; t += tile.inner * Row::step)
        detail::channel_outputs<F, tile.outer, tile.inner>(x, x_row, at, w, start, y, y_row, t);
    if constexpr (tile.inner * Row::step > 1)
        for (; t < frames; t += Row::step)
            detail::channel_outputs<F, tile.outer, 1>(x, x_row, at, w, start, y, y_row, t);
}

/// The same for one tap, where all rows are blocks.
template <ChannelSizes F, class E, class S>
constexpr void correlate_channels(const E* x, const S* w, auto start, E* y, int frames) {
    constexpr int at = 0, row = ChannelRow<E>::block;
    correlate_channels<F>(x, row, &at, w, start, y, row, frames);
}

/// Turns `frames` frames of Channels elements each into rows of blocks. The frames that fill the last pack are zero.
template <int Channels, class E>
constexpr void frames_to_rows(const E* frames, E* rows, int count) {
    constexpr int block = ChannelRow<E>::block;
    const int padded = ChannelRow<E>::padded(count);
    for (int c = 0; c < Channels; ++c) {
        for (int t = 0; t < count; ++t) store(load<E>(frames + t * Channels + c), rows + c * block + t);
        for (int t = count; t < padded; ++t) store(E(scalar_t<E>(0)), rows + c * block + t);
    }
}
/// Turns rows of blocks into frames.
template <int Channels, class E>
constexpr void rows_to_frames(const E* rows, E* frames, int count) {
    constexpr int block = ChannelRow<E>::block;
    for (int t = 0; t < count; ++t)
        for (int c = 0; c < Channels; ++c) store(load<E>(rows + c * block + t), frames + t * Channels + c);
}

/// The last frames of a stream, in a ring for each of Channels channels: the last `reach` ones and up to a block of new
/// ones. The frames at a ring's start stand behind its end as well, so a block is contiguous wherever it begins. The
/// memory belongs to the caller.
template <class E, int Channels>
struct ChannelRing {
    static constexpr int block = ChannelRow<E>::block;
    E* frames;
    int reach;
    int* end;  ///< where the next frame goes, below `length`

    /// The elements of a ring.
    static constexpr int count(int reach) { return Channels * (reach + 2 * block); }

    constexpr int length() const { return reach + block; }
    /// From channel to channel.
    constexpr int row() const { return reach + 2 * block; }

    /// Sets all frames to zero.
    constexpr void clear() const {
        for (int i = 0; i < count(reach); ++i) store(E(scalar_t<E>(0)), frames + i);
        *end = 0;
    }
    /// Appends n frames, from rows of blocks.
    constexpr void append(const E* rows, int n) const {
        for (int c = 0; c < Channels; ++c) {
            const E* const from = rows + c * block;
            E* const to = frames + c * row();
            copy(from, to + *end, n);
            if (*end + n > length()) copy(from + (length() - *end), to, *end + n - length());
            if (*end < block) copy(from, to + *end + length(), *end + n < block ? n : block - *end);
        }
        *end += n;
        if (*end >= length()) *end -= length();
    }
    /// Where the n frames begin, in every channel, that came `ago` frames before the last n.
    constexpr int start(int n, int ago) const {
        const int frame = *end - n - ago;
        return frame < 0 ? frame + length() : frame;
    }

  private:
    static constexpr void copy(const E* from, E* to, int n) {
        for (int i = 0; i < n; ++i) store(load<E>(from + i), to + i);
    }
};

}  // namespace kiln::inline KILN_TARGET::kernels
