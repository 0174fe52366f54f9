// SPDX-License-Identifier: BSL-1.0
#pragma once
// A test whether a layer keeps the rules of lengths (core/contract/lengths.hpp), in one line and under any test
// framework:
//
//   assert((kiln::check_lengths<MyLayer, kiln::Shape<6, 3>>()));
//   BOOST_TEST((kiln::check_lengths<MyLayer, kiln::Shape<6, 3>>()));
//
// The layer runs on samples of N of T frames, over float and over lanes, in training and in inference, and again on the
// same frames as a sample of N frames. Padding is random, once small and once large.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/laws/instance.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// The settings of check_lengths.
struct LengthOptions {
    std::uint64_t seed = 1;   ///< of inputs, parameters, padding and dy
    float padding = 1e4f;     ///< large padding is between -padding and padding
    float tolerance = 1e-5f;  ///< of slopes against those of the short sample, relative to the largest of their tensor
};

/// The result of `check_lengths`: true if the rules are kept. Printed, the result says which is not.
struct LengthCheck {
    std::string broken;  ///< one sentence for each rule that is broken, with the first length at which it is

    explicit operator bool() const { return broken.empty(); }
    friend std::ostream& operator<<(std::ostream& out, const LengthCheck& check) {
        return out << (check ? "the rules of lengths are kept" : check.broken);
    }
};

namespace detail {

template <class L, class In>
class LengthLaw {
    static constexpr int frames = In::extents[0];
    static constexpr int each = In::count / frames;
    using Out = output_t<L, In>;

  public:
    explicit LengthLaw(const LengthOptions& options) : options_(options) {}

    LengthCheck run() {
        run_lengths(std::make_integer_sequence<int, frames>{});
        run_mixed();
        return std::move(check_);
    }

  private:
    template <int... N>
    void run_lengths(std::integer_sequence<int, N...>) {
        (run_length<N + 1>(), ...);
    }
    template <int N>
    void run_length() {
        using Short = frames_t<In, N>;
        if constexpr (fit_of<L>(Short::extents).fits) {
            compare<N, Short, float>();
            compare<N, Short, Lanes<float, 4>>();
        }
    }

    void expect(bool kept, const char* rule, int length) {
        if (kept || check_.broken.find(rule) != std::string::npos) return;
        check_.broken += std::string(check_.broken.empty() ? "" : "; ") + rule + " (length " + std::to_string(length) +
                         " of " + std::to_string(frames) + ")";
    }

    // Sets the frames behind `length`, in the lanes whose bit is set.
    template <class E>
    void pad(Tensor<E, In>& x, const int* lengths, std::uint64_t seed, float bound) {
        auto padding = std::make_unique<Tensor<E, In>>();
        Random random{Seed{seed}};
        laws::fill(*padding, random, bound);
        for (int l = 0; l < width<E>; ++l)
            for (int i = lengths[l] * each; i < In::count; ++i) set_lane(x.data[i], l, lane(padding->data[i], l));
    }
    // Sets the slopes of frames behind the output's length to 0.
    template <class E>
    static void clear_slopes(Tensor<E, Out>& dy, const int* lengths) {
        for (int l = 0; l < width<E>; ++l)
            for (int i = elements_of(lengths[l]); i < Out::count; ++i) set_lane(dy.data[i], l, scalar_t<E>(0));
    }

    // Whether the output is a sequence: it has another shape for the fewest frames that the layer takes.
    static constexpr bool is_sequence_out = [] {
        Extents few = In::extents;
        for (few.size[0] = 1; few.size[0] < frames; ++few.size[0])
            if (const Fit fit = fit_of<L>(few); fit.fits) return !(fit.out == Out::extents);
        return Out::rank > 1;
    }();
    // The elements of the output that a sample of `length` frames has.
    static constexpr int elements_of(int length) {
        return is_sequence_out ? length_after<L, In>(length) * (Out::count / Out::extents[0]) : Out::count;
    }

    // The fewest frames that leave no layer without a frame.
    static constexpr int least = [] {
        int length = 1;
        while (length < frames && length_after<L, In>(length) < 1) ++length;
        return length;
    }();

    template <class A, class B>
    static bool same(const A& a, const B& b, int count) {
        for (int i = 0; i < count; ++i)
            for (int l = 0; l < width<typename A::Element>; ++l)
                if (!(lane(a.data[i], l) == lane(b.data[i], l))) return false;
        return true;
    }
    template <class A, class B>
    bool close(const A& a, const B& b, int count) const {
        float most = 0, size = 0;
        for (int i = 0; i < count; ++i)
            for (int l = 0; l < width<typename A::Element>; ++l) {
                const float x = lane(a.data[i], l), y = lane(b.data[i], l);
                const float difference = x < y ? y - x : x - y, magnitude = y < 0 ? -y : y;
                if (!(difference <= most))
                    most = difference == difference ? difference : std::numeric_limits<float>::infinity();
                size = magnitude > size ? magnitude : size;
            }
        return most <= options_.tolerance * (size > 0 ? size : 1);
    }
    template <class Records, class Others>
    bool close_records(const Records& a, const Others& b, bool exact) const {
        const auto from = tensors<const float>(a);
        const auto to = tensors<const float>(b);
        for (std::size_t k = 0; k < from.size(); ++k) {
            float most = 0, size = 0;
            for (int i = 0; i < from[k].count; ++i) {
                const float difference = from[k].data[i] - to[k].data[i], value = to[k].data[i];
                const float magnitude = difference < 0 ? -difference : difference;
                if (!(magnitude <= most))
                    most = magnitude == magnitude ? magnitude : std::numeric_limits<float>::infinity();
                size = value > size ? value : -value > size ? -value : size;
            }
            if (!(most <= (exact ? 0 : options_.tolerance * (size > 0 ? size : 1)))) return false;
        }
        return true;
    }

    template <int N, class Short, class E>
    void compare() {
        using Whole = laws::Instance<L, In, E>;
        using Alone = laws::Instance<L, Short, E>;
        const auto padded = std::make_unique<Whole>(options_.seed), large = std::make_unique<Whole>(options_.seed);
        const auto alone = std::make_unique<Alone>(options_.seed);
        int lengths[static_cast<std::size_t>(width<E>)];
        for (int& length : lengths) length = N;
        pad(large->x, lengths, options_.seed + 1, options_.padding);
        for (auto* layer : {padded.get(), large.get()}) {
            layer->lengths = lengths;
            clear_slopes(layer->dy, lengths);
        }
        // The same numbers in a sample of N frames.
        for (int i = 0; i < Short::count; ++i) alone->x.data[i] = padded->x.data[i];
        constexpr int count = output_t<L, Short>::count;
        expect(count == elements_of(N), "the rule `length` does not give the frames that a shorter sample's output has",
               N);
        if (count != elements_of(N)) return;
        for (int i = 0; i < count; ++i) alone->dy.data[i] = padded->dy.data[i];
        const bool copied = laws::copy_numbers<float>(padded->parameters, alone->parameters) &&
                            laws::copy_numbers<float>(padded->state, alone->state);
        expect(copied, "parameters or state depend on the number of frames", N);
        if (!copied) return;

        const auto compare_outputs = [&] {
            expect(same(padded->y, large->y, count), "outputs depend on padding", N);
            expect(same(padded->y, alone->y, count), "outputs are not the bits of the short sample's", N);
        };
        for (auto* layer : {padded.get(), large.get()}) layer->infer();
        alone->infer();
        compare_outputs();
        for (auto* layer : {padded.get(), large.get()}) {
            layer->forward();
            layer->backward();
        }
        alone->forward();
        alone->backward();
        compare_outputs();
        expect(close_records(padded->gradients, large->gradients, true), "gradients depend on padding", N);
        expect(close_records(padded->gradients, alone->gradients, false), "gradients are not the short sample's", N);
        expect(close_records(padded->observed, large->observed, true), "observed sums depend on padding", N);
        if constexpr (!is_tokens<In>) {
            expect(same(padded->dx, large->dx, N * each), "slopes depend on padding", N);
            expect(close(padded->dx, alone->dx, N * each), "slopes are not the short sample's", N);
            for (const auto* layer : {padded.get(), large.get()})
                for (int i = N * each; i < In::count; ++i)
                    for (int l = 0; l < width<E>; ++l)
                        expect(lane(layer->dx.data[i], l) == 0, "slopes of padding are not 0", N);
        }
    }

    // Lanes of different lengths, each against lanes that all have its length.
    void run_mixed() {
        using E = Lanes<float, 4>;
        using Whole = laws::Instance<L, In, E>;
        const auto mixed = std::make_unique<Whole>(options_.seed);
        const auto at_least = [](int length) { return length < least ? least : length; };
        int lengths[] = {least, frames, at_least((frames + 1) / 2), at_least(frames - 1)};
        mixed->lengths = lengths;
        pad(mixed->x, lengths, options_.seed + 2, options_.padding);
        clear_slopes(mixed->dy, lengths);
        mixed->forward();
        mixed->backward();
        for (int l = 0; l < 4; ++l) {
            const auto one = std::make_unique<Whole>(options_.seed);
            const int alike[] = {lengths[l], lengths[l], lengths[l], lengths[l]};
            one->lengths = alike;
            clear_slopes(one->dy, alike);
            one->forward();
            one->backward();
            bool are_same = true;
            for (int i = 0; i < elements_of(lengths[l]); ++i)
                are_same = are_same && lane(mixed->y.data[i], l) == lane(one->y.data[i], l);
            expect(are_same, "outputs depend on the lengths of other lanes", lengths[l]);
            if constexpr (!is_tokens<In>) {
                are_same = true;
                for (int i = 0; i < In::count; ++i)
                    are_same = are_same && lane(mixed->dx.data[i], l) == lane(one->dx.data[i], l);
                expect(are_same, "slopes depend on the lengths of other lanes", lengths[l]);
            }
        }
    }

    LengthOptions options_;
    LengthCheck check_;
};

}  // namespace detail

/// Checks that layer L, on sequences of shape In, keeps the rules of lengths.
template <class L, class In>
LengthCheck check_lengths(const LengthOptions& options = {}) {
    static_assert(decltype(verdict<L, In>())::shapes_agree);
    if constexpr (std::is_same_v<decltype(verdict<L, In>()), shapes_fit>)
        return detail::LengthLaw<L, In>(options).run();
    else
        return {};
}

}  // namespace kiln::inline KILN_TARGET
