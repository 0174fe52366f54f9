// SPDX-License-Identifier: BSL-1.0
#pragma once
// How the samples of a labelled data set are spread over its classes, and weights that make up for it:
// weight_c = n / (classes with samples * n_c), so that all classes count the same in the mean loss and the weights of
// all samples have the mean 1 (scikit-learn's "balanced").

#include <kiln/core/expects.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

#include <cstddef>
#include <iosfwd>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// What `balance` returns; prints as a table.
struct Balance {
    std::vector<int> counts;  ///< samples of each class
    int samples = 0;          ///< of all classes

    int classes() const { return static_cast<int>(counts.size()); }
    int count(int label) const {
        KILN_EXPECTS(0 <= label && label < classes());
        return counts[static_cast<std::size_t>(label)];
    }
    /// The part of all samples that is of this class, 0 to 1.
    float share(int label) const {
        return samples > 0 ? static_cast<float>(count(label)) / static_cast<float>(samples) : 0.0f;
    }
    /// How many times as many samples the largest class has as the smallest that has any; 1 in balance, 0 without
    /// samples.
    float ratio() const {
        int least = samples, most = 0;
        for (const int n : counts) {
            if (n > 0 && n < least) least = n;
            if (n > most) most = n;
        }
        return most > 0 ? static_cast<float>(most) / static_cast<float>(least) : 0.0f;
    }
    /// For the class_weights of a WeightedCrossEntropy; 0 for classes without samples.
    template <int Classes>
    Tensor<float, Shape<Classes>> weights() const {
        KILN_EXPECTS(classes() <= Classes);
        int present = 0;
        for (const int n : counts) present += n > 0;
        Tensor<float, Shape<Classes>> weights{};
        for (int label = 0; label < classes(); ++label)
            if (const double n = count(label); n > 0)
                weights[label] = static_cast<float>(static_cast<double>(samples) / (present * n));
        return weights;
    }

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Balance& b) {
        const auto cell = [&](int columns, auto value) {
            const auto width = out.width(columns);
            out << value;
            out.width(width);
        };
        out << "class   count   share";
        for (int label = 0; label < b.classes(); ++label) {
            const int permille = static_cast<int>(1000.0f * b.share(label) + 0.5f);
            out << '\n';
            cell(5, label);
            cell(8, b.count(label));
            cell(5, permille / 10);
            out << '.' << permille % 10 << '%';
        }
        return out << "\nlargest / smallest: " << b.ratio();
    }
};

/// Counts the samples of each class of a labelled data set.
template <class Data>
Balance balance(const Data& data) {
    Balance balance;
    balance.counts.resize(static_cast<std::size_t>(data.classes()));
    for (int i = 0; i < data.size(); ++i) ++balance.counts[static_cast<std::size_t>(data.label(i))];
    balance.samples = data.size();
    return balance;
}

}  // namespace kiln::inline KILN_TARGET::data
