// SPDX-License-Identifier: BSL-1.0
#pragma once
// The distribution of a labelled data set's samples over the classes, and weights that make up for it: weight_c = n /
// (classes with samples * n_c). With these weights all classes count the same in the mean loss, and the weights of all
// samples have the mean 1 (scikit-learn's "balanced").

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/detail/raise.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/files/detail/concat.hpp>

#include <cstddef>
#include <iosfwd>
#include <stdexcept>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// The result of `balance`; prints as a table. Its size grows with the number of classes that have samples, not with
/// their labels.
struct Balance {
    /// A class that has samples.
    struct Class {
        int label, count;
    };
    std::vector<Class> present;  ///< in ascending order of labels
    int samples = 0;             ///< of all classes
    int class_count = 0;         ///< classes without samples included

    int classes() const { return class_count; }
    int count(int label) const {
        KILN_EXPECTS(0 <= label && label < classes());
        std::size_t begin = 0, end = present.size();
        while (begin < end) {
            const std::size_t middle = (begin + end) / 2;
            (present[middle].label < label ? begin : end) = present[middle].label < label ? middle + 1 : middle;
        }
        return begin < present.size() && present[begin].label == label ? present[begin].count : 0;
    }
    /// The fraction of all samples that belong to this class, 0 to 1.
    float share(int label) const {
        return samples > 0 ? static_cast<float>(count(label)) / static_cast<float>(samples) : 0.0f;
    }
    /// Samples of the largest class / samples of the smallest class that has any: 1 in balance, 0 without samples.
    float ratio() const {
        int least = samples, most = 0;
        for (const Class& c : present) {
            if (c.count < least) least = c.count;
            if (c.count > most) most = c.count;
        }
        return most > 0 ? static_cast<float>(most) / static_cast<float>(least) : 0.0f;
    }
    /// The class_weights of a WeightedCrossEntropy; 0 for classes without samples. Throws std::invalid_argument if the
    /// data have more than `Classes` classes.
    template <int Classes>
    Tensor<float, Shape<Classes>> weights() const {
        if (classes() > Classes)
            raise<std::invalid_argument>(concat("kiln: weights<", Classes, "> needs at most ", Classes,
                                                " classes, got ", classes(), "; try weights<", classes(), ">"));
        Tensor<float, Shape<Classes>> weights{};
        for (const Class& c : present)
            weights[c.label] =
                static_cast<float>(static_cast<double>(samples) / (static_cast<double>(present.size()) * c.count));
        return weights;
    }

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Balance& b) {
        const auto cell = [&](int columns, auto value) {
            const auto width = out.width(columns);
            out << value;
            out.width(width);
        };
        const auto row = [&](int first, int last, int count) {
            const int permille = static_cast<int>(1000.0f * (count > 0 ? b.share(first) : 0.0f) + 0.5f);
            out << '\n';
            cell(5, first);
            if (last > first) out << " to " << last;
            cell(8, count);
            cell(5, permille / 10);
            out << '.' << permille % 10 << '%';
        };
        out << "class   count   share";
        int next = 0;
        const auto skip_to = [&](int label) {  // classes without samples: one by one if they are few
            constexpr int few = 10;
            if (label - next > few) {
                row(next, label - 1, 0);
                next = label;
            }
            for (; next < label; ++next) row(next, next, 0);
        };
        for (const Class& c : b.present) {
            skip_to(c.label);
            row(c.label, c.label, c.count);
            next = c.label + 1;
        }
        skip_to(b.classes());
        return out << "\nlargest / smallest: " << b.ratio();
    }
};

namespace detail {
/// Counts the labels of each class.
KILN_LAZY Balance count_labels(std::vector<int> labels, int classes);
}  // namespace detail

/// Counts the samples of each class of a labelled data set. Work and memory grow with the samples, however large a
/// label is.
template <class Data>
Balance balance(const Data& data) {
    constexpr bool has_labels = detail::Labelled<Data>;
    static_assert(has_labels,
                  "kiln: balance needs targets that are labels, got others; try balance<0>(data) for label 0 of "
                  "several targets");
    if constexpr (has_labels)
        return detail::count_labels(detail::labels_of(data), data.classes());
    else
        return {};
}

/// The same for target I of several, which must be a label. The classes are those up to the largest label, or to
/// `classes` if these are more.
template <int I, class Data>
Balance balance(const Data& data, int classes = 0) {
    constexpr bool has_labels = detail::LabelledAt<Data, I>;
    static_assert(has_labels,
                  "kiln: balance<I> needs several targets of which number I is a label, got others; try the "
                  "number of a label, or balance(data) for one target");
    if constexpr (has_labels) {
        std::vector<int> labels = detail::labels_at<I>(data);
        for (const int label : labels)
            if (label >= classes) classes = label + 1;
        return detail::count_labels(std::move(labels), classes);
    } else {
        return {};
    }
}

}  // namespace kiln::inline KILN_TARGET::data

#ifndef KILN_COMPILED
#include <kiln/data/balance.ipp>
#endif
