// SPDX-License-Identifier: BSL-1.0
#pragma once
// A model in real time: frames come one after the other, or some at a time, and each is answered at once.
//
//   static const kiln::Prepared<Filter> prepared{filter};       // or constexpr: the weights in the order of their use
//   kiln::Stream<Filter> stream{prepared};                      // the past of one signal
//   const auto y = stream.step({0.25f});                        // one frame
//   const auto more = stream.step(kiln::Tensor<float, kiln::Shape<64, 1>>{});    // a block of frames
//   stream.step(microphone, speaker);                           // spans of any number of frames
//
// However a sequence is divided into blocks, a stream puts out the bits of `predict` on the whole sequence. A network
// with a layer that needs later frames, as Bidirectional does, is refused by the compiler. T, the number of frames in
// the model's input, does not bound a stream; only layers that say so (Position, CausalAttention) keep T frames.
//
// A step allocates nothing, takes no lock, and calls neither virtual functions nor the operating system. Its working
// memory is on the stack: the values of N frames.

#include <kiln/core/contract.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/stream_verdict.hpp>
#include <kiln/nets/streamed.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// The place of the streamed network of a model that was refused, or that cannot run frame by frame.
struct NotStreamed {
    template <class>
    using Carry = Nothing;
    using Prepared = Nothing;
    static constexpr int receptive_field = 1;
    template <class>
    static constexpr long long widest_frame = 0;
    static constexpr void prepare(const auto&, const auto&, auto&) {}
    static constexpr void reset(auto&, const auto&) {}
    template <class, int>
    static constexpr void step(const auto&, auto& y, auto&, const auto&) {
        y = {};
    }
};
template <class M>
constexpr auto stream_verdict_of() {
    if constexpr (!M::is_sound)
        return streamable{};  // the model has been reported
    else
        return kiln::stream_verdict<typename M::Body, typename M::Input>();
}
template <class M, bool Streams>
struct streamed_model {
    using type = NotStreamed;
};
template <class M>
struct streamed_model<M, true> {
    using type = Streamed<typename M::Body, typename M::Input>;
};
template <class M>
inline constexpr bool streams = M::is_sound&& std::is_same_v<decltype(stream_verdict_of<M>()), streamable>;
template <class M>
using streamed_t = typename streamed_model<M, streams<M>>::type;

// One frame of a sequence of shape In or Out: without time, unless it is a token or one of several inputs.
template <class In>
inline constexpr bool has_frames_without_time = false;
template <class In>
    requires(!are_shapes<In> && In::rank > 1)
inline constexpr bool has_frames_without_time<In> = true;
template <class S, bool WithoutTime>
struct frame_shape {
    using type = frames_t<S, 1>;
};
template <class S>
    requires has_frames_without_time<S>
struct frame_shape<S, true> {
    using type = shape_of<frame_of(S::extents)>;
};

// Whether X is some frames of S, and how many.
template <class X, class S>
inline constexpr int count_of_frames = 0;
template <class X, class S>
    requires(!are_shapes<X> && !are_shapes<S>)
inline constexpr int count_of_frames<X, S> = X::extents == with_frames(S::extents, X::extents[0]) ? X::extents[0] : 0;
template <class First, class... Rest, class S>
    requires are_shapes<S>
inline constexpr int count_of_frames<Shapes<First, Rest...>, S> =
    std::is_same_v<Shapes<First, Rest...>, frames_t<S, First::extents[0]>> ? First::extents[0] : 0;

template <class X, class S>
constexpr auto frames_verdict() {
    if constexpr (count_of_frames < X, S >> 0)
        return shapes_fit{};
    else
        return shape_mismatch<expects<frames_t<S, 1>>, got<X>>{};
}

template <class E>
constexpr auto voices_verdict() {
    if constexpr (std::is_same_v<scalar_t<E>, float>)
        return streamable{};
    else
        return not_streamable<expects<voices_of_floats>, got<E>>{};
}

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln::inline KILN_TARGET {

/// The numbers of model `M` in the order in which a step reads them, copied from the model: a value that any number of
/// streams share, and that can be a constant.
template <class M>
class Prepared {
    static_assert(decltype(detail::stream_verdict_of<M>())::runs_frame_by_frame);
    using Network = detail::streamed_t<M>;
    template <class, class>
    friend class Stream;

  public:
    explicit constexpr Prepared(const M& model) { Network::prepare(model.parameters(), model.state(), numbers_); }

  private:
    [[no_unique_address]] typename Network::Prepared numbers_{};
};

/// One run of model `M` through time, of one signal (E = float) or of a signal in each lane (E = Lanes<float, 16>).
/// `Prepared` must outlive the stream.
template <class M, class E = float>
class Stream {
    static_assert(decltype(detail::voices_verdict<E>())::runs_frame_by_frame);
    static constexpr bool is_sound =
        detail::streams<M> && std::is_same_v<decltype(detail::voices_verdict<E>()), streamable>;
    using Network = typename detail::streamed_model<M, is_sound>::type;
    using Input = typename M::Input;
    using Output = typename M::Output;
    using Carry = typename Network::template Carry<E>;

    static constexpr bool without_time = detail::has_frames_without_time<Input>;
    template <int N>
    using In = Tensor<E, frames_t<Input, N>>;
    template <int N>
    using Out = Tensor<E, frames_t<Output, N>>;

  public:
    /// One frame of the input and of the output: Shape<F> of a sequence Shape<T, F>. If the input is tokens, or several
    /// inputs, a frame is a block of one frame.
    using Frame = Tensor<E, typename detail::frame_shape<Input, without_time>::type>;
    using OutputFrame = Tensor<E, typename detail::frame_shape<Output, without_time>::type>;

    /// The frames of the input, up to its own time, on which a frame of the output depends; `unlimited` for recurrent
    /// layers.
    static constexpr int receptive_field = Network::receptive_field;
    /// The frames by which the output is late: none, because a layer that waits for later frames is refused.
    static constexpr int latency = 0;
    /// The bytes that a stream keeps of the past.
    static constexpr std::size_t carry_bytes = std::is_empty_v<Carry> ? 0 : sizeof(Carry);

    explicit constexpr Stream(const Prepared<M>& prepared) : prepared_(&prepared) { reset(); }
    Stream(const Prepared<M>&&) = delete;

    /// Forgets the past: the next frame is the first of a sequence.
    constexpr void reset() { Network::reset(carry_, prepared_->numbers_); }

    /// Goes on with other numbers, which must outlive the stream, and with the past as it is.
    constexpr void use(const Prepared<M>& prepared) { prepared_ = &prepared; }
    constexpr void use(const Prepared<M>&&) = delete;

    /// The next frame of the output.
    constexpr OutputFrame step(const Frame& x) {
        if constexpr (!without_time) {
            return step_block<1>(x);
        } else {
            In<1> in;
            for (int i = 0; i < in.count; ++i) kernels::store(kernels::load<E>(x.data + i), in.data + i);
            if constexpr (std::is_same_v<OutputFrame, Out<1>>) {
                return step_block<1>(in);
            } else {
                const auto out = step_block<1>(in);
                OutputFrame y;
                for (int i = 0; i < y.count; ++i) kernels::store(kernels::load<E>(out.data + i), y.data + i);
                return y;
            }
        }
    }
    /// The next N frames of the output, for a block x of N frames: Tensor<E, Shape<N, F>>.
    template <class X>
    constexpr auto step(const Tensor<E, X>& x) {
        constexpr int count = detail::count_of_frames<X, Input>;
        if constexpr (is_sound) static_assert(decltype(detail::frames_verdict<X, Input>())::shapes_agree);
        if constexpr (count > 0)
            return step_block<count>(x);
        else
            return Out<1>{};  // one of the assertions has reported it
    }

    /// The elements of one frame of the input and of the output.
    static constexpr int frame_size = In<1>::count, output_frame_size = Out<1>::count;
    using InputElement = typename In<1>::Element;
    /// The most frames that are computed at once. Wide frames go in smaller blocks, for the sake of the stack.
    static constexpr int block = [] {
        int frames = 64;
        while (frames > 1 && Network::template widest_frame<E> * frames > (32 << 10)) frames /= 2;
        return frames;
    }();
    /// The next frames of the output, for any number of frames; x and y hold the elements frame by frame. y may begin
    /// where x does, if a frame of the output is no wider than one of the input.
    constexpr void step(std::span<const InputElement> x, std::span<E> y) {
        static_assert(!detail::are_shapes<Input> && !detail::are_shapes<Output>,
                      "kiln: a step on spans needs a network of one input and one output, got several; try step on "
                      "a block of frames");
        const std::size_t frames = x.size() / frame_size;
        KILN_EXPECTS(x.size() == frames * frame_size && y.size() == frames * output_frame_size);
        std::size_t t = 0;
        step_blocks<block>(x, y, t, frames);
        if constexpr (block > 8) step_blocks<8>(x, y, t, frames);
        if constexpr (block > 1) step_blocks<1>(x, y, t, frames);
    }

  private:
    template <int N>
    constexpr Out<N> step_block(const In<N>& x) {
        Out<N> y;
        Network::template step<E, N>(x, y, carry_, prepared_->numbers_);
        return y;
    }
    // Blocks of N frames from frame t on, while there are as many.
    template <int N>
    [[gnu::noinline]] constexpr void step_blocks(std::span<const InputElement> x, std::span<E> y, std::size_t& t,
                                                 std::size_t frames) {
        for (; frames - t >= N; t += N) {
            In<N> in;
            const InputElement* const from = x.data() + t * frame_size;
            for (int i = 0; i < in.count; ++i) kernels::store(kernels::load<InputElement>(from + i), in.data + i);
            const Out<N> out = step_block<N>(in);
            E* const to = y.data() + t * output_frame_size;
            for (int i = 0; i < out.count; ++i) kernels::store(kernels::load<E>(out.data + i), to + i);
        }
    }

    const Prepared<M>* prepared_;
    [[no_unique_address]] Carry carry_;
};

}  // namespace kiln::inline KILN_TARGET
