// SPDX-License-Identifier: BSL-1.0
#pragma once
// The law of streams for whole models (model/stream.hpp): a sequence in frames, blocks or spans, however it is divided,
// has the bits of a pass over all of it.

#include <kiln/core/contract.hpp>
#include <kiln/core/random.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/stream.hpp>

#include "laws/instance.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

namespace kiln::laws {

namespace detail {
template <class M, class E>
struct StreamTrial {
    using In = typename M::Input;
    using Out = typename M::Output;
    using Element = typename Tensor<E, In>::Element;
    static constexpr int frames = In::extents[0], in = In::count / frames, out = Out::count / frames;

    M model{Seed{1}};
    Prepared<M> prepared{model};
    Tensor<E, In> x;
    Tensor<E, Out> y;
    typename M::template Scratch<E> scratch;

    StreamTrial() {
        Random random{Seed{3}};
        for (int i = 0; i < x.count; ++i)
            for (int l = 0; l < width<E>; ++l)
                if constexpr (In::extents.values > 0)
                    set_lane(x.data[i], l, random.below(In::extents.values));
                else
                    set_lane(x.data[i], l, random.normal());
        set_bits(scratch);
        model.template forward<E>(x, y, scratch);
    }
    // Whether `count` frames have the bits of those from frame t on.
    bool agrees(const E* next, int t, int count) const {
        for (int i = 0; i < count * out; ++i)
            for (int l = 0; l < width<E>; ++l)
                if (lane(next[i], l) != lane(y.data[t * out + i], l)) return false;
        return true;
    }
    // Blocks of N frames whose number is a part of their type, then single frames.
    template <int N>
    bool streams_in_blocks(Stream<M, E>& stream) {
        stream.reset();
        int t = 0;
        for (; t + N <= frames; t += N) {
            Tensor<E, frames_t<In, N>> block;
            for (int i = 0; i < block.count; ++i) block.data[i] = x.data[t * in + i];
            const auto next = stream.step(block);
            if (!agrees(next.data, t, N)) return false;
        }
        for (; t < frames; ++t) {
            typename Stream<M, E>::Frame frame;
            for (int i = 0; i < frame.count; ++i) frame.data[i] = x.data[t * in + i];
            const auto next = stream.step(frame);
            if (!agrees(next.data, t, 1)) return false;
        }
        return true;
    }
    // Spans of `size` frames, and one of the rest.
    bool streams_in_spans(Stream<M, E>& stream, int size) {
        stream.reset();
        auto all = std::make_unique<Tensor<E, Out>>();
        set_bits(*all);
        for (int t = 0; t < frames; t += size) {
            const int count = size < frames - t ? size : frames - t;
            stream.step(std::span<const Element>(x.data + t * in, static_cast<std::size_t>(count * in)),
                        std::span<E>(all->data + t * out, static_cast<std::size_t>(count * out)));
        }
        return agrees(all->data, 0, frames);
    }
};
}  // namespace detail

/// Whether a stream of model M over elements E has the bits of a pass over the whole sequence.
template <class M, class E>
bool check_stream_of_model() {
    const auto trial = std::make_unique<detail::StreamTrial<M, E>>();
    const auto stream = std::make_unique<Stream<M, E>>(trial->prepared);
    for (const int size : {1, 2, 3, 7, 13, 64})
        if (!trial->streams_in_spans(*stream, size)) return false;
    return trial->template streams_in_blocks<2>(*stream) && trial->template streams_in_blocks<9>(*stream);
}

/// The largest difference between 16 voices of model M and single streams.
template <class M>
double voices_differ_by() {
    using E = Lanes<float, 16>;
    const auto voices = std::make_unique<detail::StreamTrial<M, E>>();
    using Trial = detail::StreamTrial<M, E>;
    double worst = 0;
    for (int l = 0; l < 16; ++l) {
        Stream<M> stream{voices->prepared};
        auto x = std::make_unique<Tensor<float, typename M::Input>>();
        auto y = std::make_unique<Tensor<float, typename M::Output>>();
        for (int i = 0; i < x->count; ++i) x->data[i] = lane(voices->x.data[i], l);
        stream.step(std::span<const typename Stream<M>::InputElement>(x->data, static_cast<std::size_t>(x->count)),
                    std::span<float>(y->data, static_cast<std::size_t>(y->count)));
        for (int i = 0; i < Trial::frames * Trial::out; ++i) {
            const double difference = static_cast<double>(y->data[i]) - static_cast<double>(lane(voices->y.data[i], l));
            worst = std::max(worst, difference < 0 ? -difference : difference);
        }
    }
    return worst;
}

}  // namespace kiln::laws
