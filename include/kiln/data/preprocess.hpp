// SPDX-License-Identifier: BSL-1.0
#pragma once
// Brings the values of samples to a common scale. A transformation is fitted to one data set, usually the training set,
// and then applied to all: to a sample in place, to a whole data set, or as a part of Augment. A transformed data set
// holds floats. Statistics are sums of doubles. A feature that is the same in all samples carries no information and
// becomes 0. Samples of different lengths (data/sequences.hpp) keep them, and statistics leave padding out.
//
// If samples have several inputs, or several targets, get<I>() is the transformation of number I. A transformation of all
// inputs changes whole samples; of_input<I>(scale.get<I>()) changes input I alone (data/augment.hpp).
//
// A network can also standardise by itself, with the layer Standardize (layers/standardize.hpp). Such a network takes
// samples as they are, also after it was saved and loaded.

#include <kiln/core/math.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/several_targets.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/data/sequences.hpp>

#include <cstddef>
#include <limits>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// The values that share their statistics: with `feature` each value of a sample has its own, with `channel` all values
/// of a channel (the first dimension) share theirs.
enum class Per { feature, channel };

/// x -> (x - mean) / sd. The data that it was fitted to then have mean 0 and standard deviation 1 (divided by n, not n
/// - 1).
template <class S>
struct Standardization {
    Tensor<float, S> mean;
    Tensor<float, S> sd;  ///< 1 for a value that is the same in all samples

    void operator()(Tensor<float, S>& x) const {
        for (int k = 0; k < S::count; ++k) x.data[k] = (x.data[k] - mean.data[k]) / sd.data[k];
    }
};

/// x -> (x - low) / range. The data that it was fitted to then lie in 0…1.
template <class S>
struct MinMax {
    Tensor<float, S> low;
    Tensor<float, S> range;  ///< highest - lowest value; 1 for a value that is the same in all samples

    void operator()(Tensor<float, S>& x) const {
        for (int k = 0; k < S::count; ++k) x.data[k] = (x.data[k] - low.data[k]) / range.data[k];
    }
};

namespace detail {
// A transformation for each input, or for each target, of samples that have several.
template <class... Part>
struct Each {
    std::tuple<Part...> parts;

    /// The transformation of input or target I; Nothing for a label.
    template <int I>
    const auto& get() const {
        return std::get<static_cast<std::size_t>(I)>(parts);
    }
    template <class... S>
        requires(sizeof...(S) == sizeof...(Part))
    void operator()(Tensor<float, Shapes<S...>>& x) const {
        [&]<int... I>(std::integer_sequence<int, I...>) { (get<I>()(x.template get<I>()), ...); }
        (std::make_integer_sequence<int, static_cast<int>(sizeof...(S))>{});
    }
};
}  // namespace detail

template <class... S>
struct Standardization<Shapes<S...>> : detail::Each<Standardization<S>...> {};
template <class... S>
struct MinMax<Shapes<S...>> : detail::Each<MinMax<S>...> {};

/// Fits a Standardization to a data set. Throws std::invalid_argument if it has no samples.
template <class Data>
Standardization<typename Data::Input> standardization(const Data& data, Per per = Per::feature);

/// Fits a Standardization to the targets of a data set, which must be tensors; of several targets to each that is a
/// tensor. Throws std::invalid_argument if the data set has no samples.
template <class Data>
auto standardization_of_targets(const Data& data, Per per = Per::feature);

/// Fits a MinMax to a data set. Throws std::invalid_argument if it has no samples.
template <class Data>
MinMax<typename Data::Input> min_max(const Data& data, Per per = Per::feature);

/// The data set with its samples transformed, as floats. Targets stay, but tensors of pixels become tensors of floats.
template <class Data, class Transformation>
auto transformed(const Data& data, const Transformation& transformation);

namespace detail {

// For each value k of a sample the number of its group, below `groups`.
template <class S>
struct Grouping {
    int groups, size;
    explicit Grouping(Per per) : groups(per == Per::channel ? S::extents[0] : S::count), size(S::count / groups) {}
    std::size_t operator()(int k) const { return static_cast<std::size_t>(k / size); }
};

// Input I of a data set's samples, or (below) their target I, of shape S: visit(i, take) calls take(k, value) for each
// value k of sample i that is no padding.
template <class S, int I, class Data>
struct InputValues {
    const Data& data;
    int size() const { return data.size(); }
    void visit(int i, auto take) const {
        const auto& whole = data.sample(i);  // a view lives as long
        const auto& sample = kiln::detail::tensor_of<I>(whole);
        int count = S::count;
        if constexpr (GivesLengths<Data>) count = data.length(i) * (S::count / S::extents[0]);
        for (int k = 0; k < count; ++k) take(k, data.scale() * static_cast<float>(sample.data[k]));
    }
};
template <class S, int I, class Data>
struct TargetValues {
    const Data& data;
    int size() const { return data.size(); }
    void visit(int i, auto take) const {
        target_in<Data> loaded;
        load_target(data, i, loaded);
        const auto& target = kiln::detail::tensor_of<I>(loaded);
        for (int k = 0; k < S::count; ++k) take(k, target.data[k]);
    }
};

// The lowest and the highest of `count` values.
struct Range {
    float low = std::numeric_limits<float>::infinity(), high = -low;
    double count = 0;

    bool is_constant() const { return !(low < high); }
    float lowest() const { return count > 0 ? low : 0; }  // 0 where all is padding
};

// The range of each group.
template <class S>
std::vector<Range> ranges(const auto& values, const Grouping<S>& group) {
    if (values.size() < 1)
        throw std::invalid_argument("kiln: statistics need at least one sample, got an empty data set");
    std::vector<Range> ranges(static_cast<std::size_t>(group.groups));
    for (int i = 0; i < values.size(); ++i)
        values.visit(i, [&](int k, float value) {
            Range& range = ranges[group(k)];
            if (value < range.low) range.low = value;
            if (value > range.high) range.high = value;
            ++range.count;
        });
    return ranges;
}

template <class S>
Standardization<S> standardization_of(const auto& values, Per per) {
    const Grouping<S> group(per);
    const auto ranges = detail::ranges(values, group);
    std::vector<double> sums(ranges.size()), squares(ranges.size());
    for (int i = 0; i < values.size(); ++i)
        values.visit(i, [&](int k, float value) { sums[group(k)] += static_cast<double>(value); });
    for (int i = 0; i < values.size(); ++i)
        values.visit(i, [&](int k, float value) {
            const double difference = static_cast<double>(value) - sums[group(k)] / ranges[group(k)].count;
            squares[group(k)] += difference * difference;
        });
    Standardization<S> fitted;
    for (int k = 0; k < S::count; ++k) {
        const Range& range = ranges[group(k)];
        const bool constant = range.is_constant();
        fitted.mean.data[k] = constant ? range.lowest() : static_cast<float>(sums[group(k)] / range.count);
        fitted.sd.data[k] = constant ? 1.0f : static_cast<float>(sqrt(squares[group(k)] / range.count));
    }
    return fitted;
}

template <class S>
MinMax<S> min_max_of(const auto& values, Per per) {
    const Grouping<S> group(per);
    const auto ranges = detail::ranges(values, group);
    MinMax<S> fitted;
    for (int k = 0; k < S::count; ++k) {
        const Range& range = ranges[group(k)];
        fitted.low.data[k] = range.lowest();
        fitted.range.data[k] = range.is_constant() ? 1.0f : range.high - range.low;
    }
    return fitted;
}

// The result of fit(values, shape) for the only input of a data set's samples, or that for each of their inputs.
template <class Data>
auto fitted_to_inputs(const Data& data, auto fit) {
    const auto fit_each = [&]<int... I, class... S>(std::integer_sequence<int, I...>,
                                                    std::type_identity<Shapes<S...>>) {
        return std::tuple{fit(InputValues<S, I, Data>{data}, std::type_identity<S>{})...};
    };
    using S = typename Data::Input;
    if constexpr (kiln::detail::are_shapes<S>)
        return fit_each(std::make_integer_sequence<int, S::parts>{}, std::type_identity<S>{});
    else
        return fit(InputValues<S, 0, Data>{data}, std::type_identity<S>{});
}

// The result of fit(values, shape) for each of several targets, Nothing for labels.
template <class Data, class... Target>
auto fitted_to_targets(const Data& data, auto fit, std::type_identity<SeveralTargets<Target...>>) {
    const auto fit_one = [&]<int I, class T>(std::integral_constant<int, I>, std::type_identity<T>) {
        if constexpr (std::is_arithmetic_v<T>)
            return Nothing{};
        else
            return fit(TargetValues<typename T::Dimensions, I, Data>{data},
                       std::type_identity<typename T::Dimensions>{});
    };
    return [&]<int... I>(std::integer_sequence<int, I...>) {
        using Each = detail::Each<decltype(fit_one(std::integral_constant<int, I>{}, std::type_identity<Target>{}))...>;
        return Each{{fit_one(std::integral_constant<int, I>{}, std::type_identity<Target>{})...}};
    }
    (std::make_integer_sequence<int, static_cast<int>(sizeof...(Target))>{});
}

template <class T>
inline constexpr bool has_tensors = !std::is_arithmetic_v<T>;
template <class... T>
inline constexpr bool has_tensors<SeveralTargets<T...>> = (... || has_tensors<T>);

}  // namespace detail

template <class Data>
Standardization<typename Data::Input> standardization(const Data& data, Per per) {
    return {detail::fitted_to_inputs(data, [per]<class S>(const auto& values, std::type_identity<S>) {
        return detail::standardization_of<S>(values, per);
    })};
}

template <class Data>
auto standardization_of_targets(const Data& data, Per per) {
    using Target = detail::target_in<Data>;
    constexpr bool are_tensors = detail::has_tensors<Target>;
    static_assert(
        are_tensors,
        "kiln: standardization_of_targets needs targets that are tensors, got labels; labels need no standardization");
    static_assert(!GivesLengths<Data>,
                  "kiln: standardization_of_targets needs samples that all have the frames of their shape, got lengths, "
                  "and would count padding; try targets that you have scaled");
    const auto fit = [per]<class S>(const auto& values, std::type_identity<S>) {
        return detail::standardization_of<S>(values, per);
    };
    if constexpr (!are_tensors)
        return Standardization<Shape<1>>{};
    else if constexpr (requires { Target::parts; })
        return detail::fitted_to_targets(data, fit, std::type_identity<Target>{});
    else
        return fit(detail::TargetValues<typename Target::Dimensions, 0, Data>{data},
                   std::type_identity<typename Target::Dimensions>{});
}

template <class Data>
MinMax<typename Data::Input> min_max(const Data& data, Per per) {
    return {detail::fitted_to_inputs(data, [per]<class S>(const auto& values, std::type_identity<S>) {
        return detail::min_max_of<S>(values, per);
    })};
}

template <class Data, class Transformation>
auto transformed(const Data& data, const Transformation& transformation) {
    using S = typename Data::Input;
    using Target = detail::target_in<Data>;
    std::vector<Tensor<float, S>> samples(static_cast<std::size_t>(data.size()));
    std::vector<Target> targets(samples.size());
    for (int i = 0; i < data.size(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        detail::read_scaled(data.sample(i), data.scale(), samples[at]);
        transformation(samples[at]);
        detail::load_target(data, i, targets[at]);
    }
    const auto with_classes = [&](auto result) {
        if constexpr (detail::Labelled<Data>) result.declare_classes(data.classes());
        return result;
    };
    if constexpr (GivesLengths<Data>) {
        std::vector<int> lengths;
        for (int i = 0; i < data.size(); ++i) lengths.push_back(data.length(i));
        return with_classes(Sequences<S, float, Target>(std::move(samples), std::move(targets), std::move(lengths)));
    } else {
        return with_classes(Dataset<S, float, Target>(std::move(samples), std::move(targets)));
    }
}

}  // namespace kiln::inline KILN_TARGET::data
