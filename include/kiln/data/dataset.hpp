// SPDX-License-Identifier: BSL-1.0
#pragma once
// A data set in memory: samples of shape S, and for each sample its target. Values are 8-bit pixels or floats. Pixels
// take a quarter of the memory of floats and become value = scale * pixel when they are read; scale is 1/255 by
// default, so that values lie in [0, 1]. Floats have scale 1. A data set is filled once, at load time, and only read
// afterwards, so threads may share it.
//
//     Dataset<Shape<1, 28, 28>>                                   labelled images
//     Dataset<Shape<4>, float>                                    labelled vectors
//     Dataset<Shape<8>, float, Tensor<float, Shape<1>>>           regression
//     Dataset<Shapes<Shape<1, 28, 28>, Shape<3>>, float>          samples of several tensors, for networks of several inputs
//     Dataset<Shape<8>, float, SeveralTargets<int, Tensor<float, Shape<2>>>>   targets of several outputs
//     Dataset<Tokens<50, 128>, std::uint8_t>                  labelled texts of 128 words out of 50
//     Dataset<Shape<20, 3>, float, Tensor<int, Shape<20>>>    sequences of 20 frames, with a label for each frame
//     Reconstruction of any of these                              the target is the sample itself

#include <kiln/core/contract/data.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/several_targets.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/files/detail/concat.hpp>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

namespace detail {
// The values of a target: a label, or the elements of a tensor.
template <class Target>
struct target_value {
    using type = Target;
    static constexpr int count = 1;
};
template <class E, class S>
struct target_value<Tensor<E, S>> {
    using type = E;
    static constexpr int count = S::count;
};

template <class... T>
struct target_value<SeveralTargets<T...>> {  // labels, and tensors of floats
    using type = float;
    static constexpr int count = 1;
};

// Reads a tensor, or a view of one. Whole numbers (tokens, labels of frames) are not scaled.
template <class S>
void read_scaled(const auto& from, float scale, Tensor<float, S>& to) {
    for (int k = 0; k < S::count; ++k) to.data[k] = scale * static_cast<float>(from.data[k]);
}
void read_whole(const auto& from, auto& to) {
    for (int k = 0; k < to.count; ++k) to.data[k] = static_cast<int>(from.data[k]);
}
template <int Values, int... Sizes>
void read_scaled(const auto& from, float, Tensor<float, Tokens<Values, Sizes...>>& to) {
    read_whole(from, to);
}
template <class T, class... S>
void read_scaled(const Tensor<T, Shapes<S...>>& from, float scale, Tensor<float, Shapes<S...>>& to) {
    for (int k = 0; k < to.count; ++k) to[k] = scale * static_cast<float>(from[k]);
}

using kiln::detail::target_in;

template <class Data>
void load_target(const Data& data, int i, target_in<Data>& target) {
    if constexpr (requires { target.data; } && kiln::detail::is_frame_labels<target_in<Data>>)
        read_whole(data.target(i), target);
    else if constexpr (requires { target.data; })
        read_scaled(data.target(i), data.scale(), target);
    else
        target = data.target(i);
}

template <class D>
concept Labelled = requires(const D& data) {
    data.label(0);
    data.classes();
};

/// Whether samples have several targets, of which number I is a label.
template <class D, int I>
concept LabelledAt =
    (0 <= I && I < std::remove_cvref_t<decltype(std::declval<const D&>().target(0))>::parts) &&
    std::is_same_v<std::remove_cvref_t<decltype(std::declval<const D&>().target(0).template get<I>())>, int>;

// The labels of all samples, or (below) their target I of several.
template <class Data>
std::vector<int> labels_of(const Data& data) {
    std::vector<int> labels;
    for (int i = 0; i < data.size(); ++i) labels.push_back(data.label(i));
    return labels;
}
template <int I, class Data>
std::vector<int> labels_at(const Data& data) {
    std::vector<int> labels;
    for (int i = 0; i < data.size(); ++i) labels.push_back(data.target(i).template get<I>());
    return labels;
}
}  // namespace detail

/// Samples of shape S, whose values are std::uint8_t or float; tokens may be stored as any integers, such as
/// std::uint8_t or std::uint16_t, and as int where Value is float. Targets are labels (int), tensors of values of the
/// same type, or a label for each frame: tensors of integers other than std::uint8_t, -1 for a frame without a label.
template <class S, class Value = std::uint8_t, class Target = int>
class Dataset {
    using TargetValue = typename detail::target_value<Target>::type;
    static constexpr bool labelled = std::is_same_v<Target, int>;
    static constexpr bool tokens = kiln::detail::is_tokens<S>;
    static constexpr bool frames_labelled =
        kiln::detail::is_frame_labels<typename kiln::detail::target_as_read<Target>::type>;
    static constexpr bool reads_values =
        std::is_same_v<Value, std::uint8_t> || std::is_same_v<Value, float> || (tokens && std::is_integral_v<Value>);
    static constexpr bool one_scale = !reads_values || labelled || frames_labelled ||
                                      std::is_same_v<TargetValue, Value> ||
                                      (tokens && std::is_same_v<TargetValue, float>);
    static_assert(reads_values, "kiln: a Dataset needs values that are std::uint8_t or float, got others; try float");
    static_assert(
        one_scale,
        "kiln: a Dataset needs targets that are int or tensors of the samples' type of value, because scale() "
        "applies to both, got another type; try float for both");

  public:
    using Input = S;
    static constexpr float usual_scale = tokens || std::is_same_v<Value, float> ? 1.0f : 1.0f / 255;

    /// Takes one target per sample. Throws std::invalid_argument if the counts differ, a label is negative (of a frame:
    /// below -1), a token is none of its shape's values, or a value is not finite.
    Dataset(std::vector<Tensor<Value, S>> samples, std::vector<Target> targets, float scale = usual_scale)
        : samples_(std::move(samples)),
          targets_(std::move(targets)),
          scale_(scale) {
        if (samples_.size() != targets_.size())
            refuse("one ", target_noun, " per sample, got ", samples_.size(), " samples and ", targets_.size(), " ",
                   target_noun, "s");
        if (samples_.size() > static_cast<std::size_t>(INT_MAX))
            refuse("at most ", INT_MAX, " samples, got ", samples_.size());
        for (int i = 0; i < size(); ++i) {
            if constexpr (tokens)
                require_tokens(sample(i), i);
            else
                require_finite(sample(i), i, "");
            if constexpr (labelled)
                count_class(label(i));
            else if constexpr (frames_labelled)
                require_frame_labels(target(i), i);
            else
                require_finite(target(i), i, " of the targets");
        }
    }

    /// Makes a data set from arrays of values, row after row: S::count values make a sample, and for regression as many
    /// values as a target has make a target.
    static Dataset from_rows(std::span<const Value> values, std::span<const TargetValue> targets,
                             float scale = usual_scale) {
        return {rows<Tensor<Value, S>>(values, "sample"), rows<Target>(targets, target_noun), scale};
    }
    template <std::size_t Rows>
    static Dataset from_rows(const Value (&values)[Rows][static_cast<std::size_t>(S::count)],
                             std::span<const TargetValue> targets, float scale = usual_scale) {
        return from_rows(std::span(&values[0][0], Rows * static_cast<std::size_t>(S::count)), targets, scale);
    }

    int size() const { return static_cast<int>(targets_.size()); }

    /// Sample i with its values scaled, as a network reads it.
    Tensor<float, S> image(int i) const {
        Tensor<float, S> values;
        detail::read_scaled(sample(i), scale_, values);
        return values;
    }

    /// Sample i as it is stored; a network reads `scale()` times a stored value.
    const Tensor<Value, S>& sample(int i) const {
        KILN_EXPECTS(0 <= i && i < size());
        return samples_[static_cast<std::size_t>(i)];
    }

    /// The target of sample i: its label, or a tensor, to be scaled as samples are.
    std::conditional_t<labelled, int, const Target&> target(int i) const {
        KILN_EXPECTS(0 <= i && i < size());
        return targets_[static_cast<std::size_t>(i)];
    }

    int label(int i) const requires labelled { return target(i); }

    float scale() const { return scale_; }

    /// The largest label + 1, or the declared number; 0 without samples.
    int classes() const requires labelled { return classes_; }

    /// Declares that there are n classes, for samples that lack the last classes. Throws std::invalid_argument if there
    /// are more than n.
    void declare_classes(int n) requires labelled {
        if (n < classes_) refuse("at least ", classes_, " classes for its labels, got ", n);
        classes_ = n;
    }

    /// A copy of the first n samples, for a quick trial. The copy keeps the class count of the whole: a digit stays one
    /// of ten classes, even among three samples.
    Dataset first(int n) const {
        KILN_EXPECTS(0 <= n && n <= size());
        Dataset part{{samples_.begin(), samples_.begin() + n}, {targets_.begin(), targets_.begin() + n}, scale_};
        part.classes_ = classes_;
        return part;
    }

  private:
    static constexpr const char* target_noun = labelled ? "label" : "target";

    template <class... Need>
    [[noreturn, gnu::cold]] static void refuse(const Need&... need) {
        throw std::invalid_argument(concat("kiln: a Dataset needs ", need...));
    }

    template <class T, class Element>
    static std::vector<T> rows(std::span<const Element> values, const char* noun) {
        constexpr std::size_t count = static_cast<std::size_t>(detail::target_value<T>::count);
        if (values.size() % count != 0) refuse(count, " values per ", noun, ", got ", values.size(), " values in all");
        std::vector<T> rows(values.size() / count);
        for (std::size_t i = 0; i < values.size(); ++i)
            if constexpr (std::is_same_v<T, Element>)
                rows[i] = values[i];
            else
                rows[i / count][static_cast<int>(i % count)] = values[i];
        return rows;
    }

    void count_class(int label) {
        if (label < 0 || label == INT_MAX) refuse("labels from 0 to ", INT_MAX - 1, ", got ", label);
        if (label >= classes_) classes_ = label + 1;
    }

    static void require_tokens(const auto& values, int row) {
        for (int k = 0; k < S::count; ++k)
            if (const long long token = static_cast<long long>(values[k]); token < 0 || token >= S::extents.values)
                refuse("tokens from 0 to ", S::extents.values - 1, ", got ", token, " in row ", row, ", column ", k,
                       " (counted from 0)");
    }
    static void require_frame_labels(const auto& labels, int row) {
        for (int k = 0; k < labels.count; ++k)
            if (const long long label = static_cast<long long>(labels[k]); label < -1 || label >= INT_MAX)
                refuse("labels of frames from -1 to ", INT_MAX - 1, ", got ", label, " in row ", row, ", frame ", k,
                       " (counted from 0)");
    }

    template <class T>
    static void require_finite([[maybe_unused]] const T& values, [[maybe_unused]] int row,
                               [[maybe_unused]] const char* of) {
        if constexpr (std::is_same_v<typename T::Element, float>)
            for (int k = 0; k < T::count; ++k) {
                const float value = values[k];
                if (!(value - value == 0))
                    refuse("finite values, got ", value, " in row ", row, ", column ", k, of, " (counted from 0)");
            }
    }

    template <class... T>
    static void require_finite(const SeveralTargets<T...>& targets, int row, const char* of) {
        const auto require = [&](const auto& target) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(target)>, int>) {
                if (target < 0) refuse("labels from 0 to ", INT_MAX - 1, ", got ", target);
            } else {
                require_finite(target, row, of);
            }
        };
        [&]<int... I>(std::integer_sequence<int, I...>) { (require(targets.template get<I>()), ...); }
        (std::make_integer_sequence<int, static_cast<int>(sizeof...(T))>{});
    }

    std::vector<Tensor<Value, S>> samples_;
    std::vector<Target> targets_;
    float scale_;
    int classes_ = 0;
};

/// The samples of a data set, each with itself as its target: for autoencoders, whose output has the shape of their
/// input. A view: the data set must outlive it.
template <class Data>
class Reconstruction {
    static constexpr bool is_whole = !IsDivided<Data>;
    static_assert(is_whole,
                  "kiln: a Reconstruction needs a data set of which every rank has all samples, got Sharded; try "
                  "Sharded of Reconstructions");

  public:
    using Input = typename Data::Input;

    explicit Reconstruction(const Data& data) : data_(&data) {}
    explicit Reconstruction(const Data&&) = delete;

    int size() const { return data_->size(); }
    Tensor<float, Input> image(int i) const { return data_->image(i); }
    decltype(auto) sample(int i) const { return data_->sample(i); }
    decltype(auto) target(int i) const { return data_->sample(i); }
    float scale() const { return data_->scale(); }
    int length(int i) const requires GivesLengths<Data> { return data_->length(i); }

  private:
    const Data* data_;
};

}  // namespace kiln::inline KILN_TARGET::data
