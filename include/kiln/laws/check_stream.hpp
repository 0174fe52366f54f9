// SPDX-License-Identifier: BSL-1.0
#pragma once
// A test whether a layer keeps the rules of streams (core/contract/stream.hpp), in one line and under any test
// framework:
//
//   assert((kiln::check_stream<MyLayer, kiln::Shape<12, 3>>()));
//   BOOST_TEST((kiln::check_stream<MyLayer, kiln::Shape<12, 3>, double>()));
//
// The layer runs on a whole sequence, and again on the same frames in blocks of one, of several, and of all frames. It
// runs over the elements that are named, by default float and lanes of float. Prepared and Carry are NaN before `prepare`
// and `reset`.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/laws/instance.hpp>

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// The settings of check_stream.
struct StreamOptions {
    std::uint64_t seed = 1;  ///< of inputs and parameters
};

/// The result of `check_stream`: true if the rules are kept. Printed, the result says which is not.
struct StreamCheck {
    std::string broken;  ///< one sentence for each rule that is broken, with the first block size at which it is

    explicit operator bool() const { return broken.empty(); }
    friend std::ostream& operator<<(std::ostream& out, const StreamCheck& check) {
        return out << (check ? "the rules of streams are kept" : check.broken);
    }
};

namespace detail {

// Whether layer L runs frame by frame on sequences of shape In.
template <class L, class In>
inline constexpr bool layer_streams = HasStep<L, In> || is_framewise<L>(In::extents);

template <class L, class In, class E>
class StreamLaw {
    static constexpr int frames = In::extents[0];
    static constexpr int each = In::count / frames;
    using Out = output_t<L, In>;
    static constexpr int each_out = Out::count / Out::extents[0];
    static constexpr bool has_carry = !is_nothing<carry_t<L, E, In>>;
    static constexpr bool has_prepared = !is_nothing<prepared_t<L, scalar_t<E>, In>>;

  public:
    StreamLaw(const StreamOptions& options, StreamCheck& check) : whole_(options.seed), check_(check) {}

    void run() {
        if (Out::extents[0] != frames || (Out::rank < 2 && Out::extents.values == 0)) return expect(false, no_sequence);
        if (!(keeps_sizes<1>() && keeps_sizes<2>() && keeps_sizes<3>() && keeps_sizes<5>())) return;
        whole_.infer();
        laws::set_bits(prepared_);
        if constexpr (has_prepared) L::prepare(whole_.parameters, prepared_);
        run_blocks<1>();
        run_blocks<2>();
        run_blocks<3>();
        run_blocks<frames>();
        run_uneven();
        run_outside_of_the_field();
    }

  private:
    static constexpr const char* no_sequence = "the output is no sequence of as many frames";

    // `size` is the number of frames in a block, or 0 for a rule on no blocks.
    void expect(bool kept, const char* rule, int size = 0) {
        if (kept || check_.broken.find(rule) != std::string::npos) return;
        check_.broken += std::string(check_.broken.empty() ? "" : "; ") + rule;
        if (size > 0)
            check_.broken += " (blocks of " + std::to_string(size) + " of " + std::to_string(frames) + " frames)";
    }

    // Whether the output of N frames is N frames of the whole output.
    template <int N>
    static constexpr bool gives_frames = output_t<L, frames_t<In, N>>::count == (N * each_out);
    // Whether blocks of N frames have outputs and records of the sizes that the following copies rely on.
    template <int N>
    bool keeps_sizes() {
        bool kept = true;
        if constexpr (N <= frames) {
            expect(gives_frames<N>, no_sequence, N);
            if constexpr (!HasStep<L, In>) kept = copy_records(*Block<N>{}.layer);
            expect(kept, "parameters or state depend on the number of frames", N);
            kept = kept && gives_frames<N>;
        }
        return kept;
    }
    bool copy_records(auto& block) const {
        return laws::copy_numbers<scalar_t<E>>(whole_.parameters, block.parameters) &&
               laws::copy_numbers<scalar_t<E>>(whole_.state, block.state);
    }

    void begin() {
        laws::set_bits(carry_);
        reset();
    }
    void reset() {
        laws::set_bits(y_);
        if constexpr (has_carry) L::reset(carry_, StepContext{whole_.parameters, prepared_});
    }
    // The next N frames from frame `first` on, if there are as many.
    template <int N>
    int step(int first) {
        if constexpr (N <= frames && gives_frames<N>) {
            if (first + N > frames) return first;
            Block<N> block;
            for (int i = 0; i < N * each; ++i) block.layer->x.data[i] = whole_.x.data[first * each + i];
            run_block(*block.layer);
            for (int i = 0; i < N * each_out; ++i) y_.data[first * each_out + i] = block.layer->y.data[i];
            return first + N;
        } else {
            return first;
        }
    }
    template <int N>
    struct Block {
        std::unique_ptr<laws::Instance<L, frames_t<In, N>, E>> layer =
            std::make_unique<laws::Instance<L, frames_t<In, N>, E>>(1);
    };
    void run_block(auto& block) {
        if constexpr (HasStep<L, In>) {
            const Nothing none;
            if constexpr (has_prepared)
                L::step(block.x, block.y, carry_, StepContext{none, prepared_});
            else
                L::step(block.x, block.y, carry_, StepContext{whole_.parameters, none});
        } else {
            copy_records(block);
            block.infer();
        }
    }

    // Whether the frames from `first` on are those of the whole sequence.
    bool agrees(int first = 0) const {
        for (int i = first * each_out; i < Out::count; ++i)
            for (int l = 0; l < width<E>; ++l)
                if (!(lane(y_.data[i], l) == lane(whole_.y.data[i], l))) return false;
        return true;
    }
    // All frames in blocks of N, and the rest in single frames; twice, because a reset must forget the past.
    template <int N>
    void run_blocks() {
        begin();
        step_all<N>();
        expect(agrees(), "blocks are not the bits of the whole sequence", N);
        reset();
        step_all<N>();
        expect(agrees(), "reset does not forget the past", N);
    }
    template <int N>
    void step_all() {
        int t = 0;
        while (t + N <= frames) t = step<N>(t);
        while (t < frames) t = step<1>(t);
    }
    void run_uneven() {
        begin();
        int t = step<1>(0);
        while (t < frames) {
            t = step<3>(t);
            t = step<1>(t);
            t = step<5>(t);
            t = step<2>(t);
        }
        expect(agrees(), "blocks of many sizes are not the bits of the whole sequence", 5);
    }

    static constexpr int field = [] {
        if constexpr (requires { L::receptive_field(In::extents); })
            return L::receptive_field(In::extents);
        else
            return has_carry ? unlimited : 1;
    }();
    // Another first frame changes no frame that is further behind than the receptive field reaches.
    void run_outside_of_the_field() {
        expect(field > 0, "the receptive field is no frame");
        if (field < 1 || field >= frames) return;
        for (int i = 0; i < each; ++i)
            for (int l = 0; l < width<E>; ++l)
                if constexpr (In::extents.values > 0)
                    set_lane(whole_.x.data[i], l, (lane(whole_.x.data[i], l) + 1) % In::extents.values);
                else
                    set_lane(whole_.x.data[i], l, scalar_t<E>(1) - lane(whole_.x.data[i], l));
        begin();
        step_all<1>();
        expect(agrees(field), "a frame depends on frames before the receptive field", 1);
    }

    laws::Instance<L, In, E> whole_;
    [[no_unique_address]] prepared_t<L, scalar_t<E>, In> prepared_;
    [[no_unique_address]] carry_t<L, E, In> carry_;
    Tensor<E, Out> y_;
    StreamCheck& check_;
};

}  // namespace detail

/// Checks that layer L, on sequences of shape In, keeps the rules of streams over elements E, by default float and lanes
/// of float.
template <class L, class In, class... E>
StreamCheck check_stream(const StreamOptions& options = {}) {
    static_assert(decltype(verdict<L, In>())::shapes_agree);
    StreamCheck check;
    if constexpr (std::is_same_v<decltype(verdict<L, In>()), shapes_fit>) {
        constexpr bool streams = detail::layer_streams<L, In>;
        static_assert(streams, "kiln: check_stream needs a layer that is framewise or has a step, got another; try "
                               "framewise, or Carry, reset and step");
        if constexpr (!streams)
            return check;
        else if constexpr (sizeof...(E) == 0)
            return check_stream<L, In, float, Lanes<float, 4>>(options);
        else
            (std::make_unique<detail::StreamLaw<L, In, E>>(options, check)->run(), ...);
    }
    return check;
}

}  // namespace kiln::inline KILN_TARGET
