// SPDX-License-Identifier: BSL-1.0
#pragma once
// Samples of different lengths: a data set of sequences, each padded to the T frames of its shape, and the number of
// frames that each has. Networks and losses leave padding out (core/contract/lengths.hpp).
//
//     auto words = data::Sequences<Tokens<28, 12>, std::uint8_t>::from_frames({{3, 1, 20}, {4, 15, 7}}, {0, 1});
//     auto notes = data::Sequences<Shape<50, 3>>::from_frames(recordings, labels);       // 3 values for each frame
//     auto tagged = data::Sequences<Tokens<900, 40>, std::uint16_t, Tensor<int, Shape<40>>>::from_frames(texts, tags);

#include <kiln/core/contract/lengths.hpp>
#include <kiln/core/detail/lengths.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/files/detail/concat.hpp>

#include <cstddef>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// A Dataset of sequences of shape S, Shape<T, F…> or Tokens<V, T, F…>, of which sample i has length(i) frames. Samples
/// of several inputs have one length.
template <class S, class Value = float, class Target = int>
class Sequences : public Dataset<S, Value, Target> {
    static constexpr int frames = kiln::detail::frame_count<S>;
    static constexpr bool frames_labelled =
        kiln::detail::is_frame_labels<typename kiln::detail::target_as_read<Target>::type>;
    static constexpr bool target_for_each_frame = [] {
        if constexpr (requires { Target::Dimensions::extents; }) return Target::Dimensions::extents[0] == frames;
        return false;
    }();
    using TargetValue = std::conditional_t<frames_labelled, int, Value>;

  public:
    /// Takes a target and a length for each sample. Throws std::invalid_argument for what a Dataset refuses, if the
    /// counts differ, or if a length is not in 1 … T.
    Sequences(std::vector<Tensor<Value, S>> samples, std::vector<Target> targets, std::vector<int> lengths,
              float scale = Dataset<S, Value, Target>::usual_scale)
        : Dataset<S, Value, Target>(std::move(samples), std::move(targets), scale),
          lengths_(std::move(lengths)) {
        if (lengths_.size() != static_cast<std::size_t>(this->size()))
            refuse("one length per sample, got ", this->size(), " samples and ", lengths_.size(), " lengths");
        for (int i = 0; i < this->size(); ++i)
            if (length(i) < 1 || length(i) > frames)
                refuse("lengths from 1 to ", frames, ", got ", length(i), " for sample ", i);
    }

    /// Makes samples of sequences of different lengths, frame after frame, and pads them with 0. Throws
    /// std::invalid_argument for a sequence without frames, with a part of a frame, or with more than T.
    static Sequences
    from_frames(const std::vector<std::vector<Value>>& sequences, std::vector<Target> targets,
                float scale = Dataset<S, Value, Target>::usual_scale) requires(!target_for_each_frame) {
        std::vector<int> lengths;
        auto samples = padded<Tensor<Value, S>>(sequences, Value(0), lengths);
        return {std::move(samples), std::move(targets), std::move(lengths), scale};
    }
    /// The same with targets for each frame: labels (int), or values. Padding has the label -1, or the value 0.
    static Sequences from_frames(const std::vector<std::vector<Value>>& sequences,
                                 const std::vector<std::vector<TargetValue>>& of_frames,
                                 float scale = Dataset<S, Value, Target>::usual_scale) requires target_for_each_frame {
        std::vector<int> lengths, with_target;
        auto samples = padded<Tensor<Value, S>>(sequences, Value(0), lengths);
        auto targets = padded<Target>(of_frames, static_cast<TargetValue>(frames_labelled ? -1 : 0), with_target);
        for (std::size_t i = 0; i < lengths.size() && i < with_target.size(); ++i)
            if (lengths[i] != with_target[i])
                refuse("a target for each frame, got ", lengths[i], " frames and ", with_target[i],
                       " targets in sequence ", i);
        return {std::move(samples), std::move(targets), std::move(lengths), scale};
    }

    /// The frames of sample i.
    int length(int i) const {
        KILN_EXPECTS(0 <= i && i < this->size());
        return lengths_[static_cast<std::size_t>(i)];
    }

    /// A copy of the first n samples.
    Sequences first(int n) const {
        return Sequences(Dataset<S, Value, Target>::first(n), {lengths_.begin(), lengths_.begin() + n});
    }

  private:
    Sequences(Dataset<S, Value, Target> data, std::vector<int> lengths)
        : Dataset<S, Value, Target>(std::move(data)),
          lengths_(std::move(lengths)) {}

    template <class... Need>
    [[noreturn, gnu::cold]] static void refuse(const Need&... need) {
        throw std::invalid_argument(concat("kiln: Sequences need ", need...));
    }

    // Tensors of the sequences' values, and the number of frames of each.
    template <class T, class Number>
    static std::vector<T> padded(const std::vector<std::vector<Number>>& sequences, Number padding,
                                 std::vector<int>& lengths) {
        constexpr std::size_t each = static_cast<std::size_t>(T::count / T::Dimensions::extents[0]);
        std::vector<T> tensors(sequences.size());
        for (std::size_t i = 0; i < sequences.size(); ++i) {
            const std::size_t count = sequences[i].size();
            if (count < 1 || count % each != 0 || count > static_cast<std::size_t>(T::count))
                refuse("from 1 to ", T::count / static_cast<int>(each), " frames of ", each,
                       each == 1 ? " value" : " values", ", got ", count, " values in sequence ", i);
            for (std::size_t k = 0; k < static_cast<std::size_t>(T::count); ++k)
                tensors[i].data[k] = static_cast<std::remove_cvref_t<decltype(tensors[i].data[k])>>(
                    k < count ? sequences[i][k] : padding);
            lengths.push_back(static_cast<int>(count / each));
        }
        return tensors;
    }

    std::vector<int> lengths_;
};

}  // namespace kiln::inline KILN_TARGET::data
