// SPDX-License-Identifier: BSL-1.0
#pragma once
// The contents of a report of a training, as plain data. Nothing here depends on models or trainers, so anything can be
// reported. Numbers that do not exist are NaN, and are not shown.

#include <kiln/report/bitmap.hpp>

#include <limits>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET::report {

/// One of the figures beneath the title: {"test accuracy", "98.40 %"}.
struct Figure {
    std::string name{}, value{};
};

/// The measures of one epoch. Accuracies are from 0 to 1; an error is the mean absolute error of a regression,
/// a perplexity e to the loss of classes of frames.
struct Epoch {
    static constexpr double none = std::numeric_limits<double>::quiet_NaN();

    int number = 0;  ///< from 1
    double loss = none, validation_loss = none;
    double accuracy = none, validation_accuracy = none;
    double error = none, validation_error = none;
    double perplexity = none, validation_perplexity = none;
    double seconds = none;
};

/// A curve with a value for each position of its axis; NaN for none.
struct Curve {
    std::string name{};
    std::vector<double> values{};
};

/// Up to two curves over one axis: functions, or the measures of a loop of one's own.
struct Plot {
    std::string title{}, axis{}, x_axis{};  ///< labels, with units
    std::vector<double> positions{};        ///< of the values, ascending and finite
    std::vector<Curve> curves{};
};

/// counts[truth * classes + predicted] is the number of samples of class `truth` that were predicted as class
/// `predicted`.
struct Confusion {
    int classes = 0;
    std::vector<long long> counts{};
};

/// The answers to yes-or-no questions. Three counts for each label, one label after the other: samples whose target is a
/// yes, samples whose answer is a yes, and samples of which both are.
struct Labels {
    int count = 0;
    std::vector<long long> counts{};
};

/// A sample whose class was not recognised. Without pixels it is shown without an image.
struct Mistake {
    int truth = 0, predicted = 0;
    std::vector<float> probabilities{};  ///< of all classes
    Bitmap image{};
};

/// An input of an autoencoder and its reconstruction; also the target, if that is not the input. Without an original it
/// is a picture by itself, such as one that a network drew.
struct Pair {
    Bitmap original{}, reconstruction{};
    std::string caption{};
    Bitmap target{};
};

/// One input of a network: its name, empty for the only input, and its shape, "1 × 28 × 28".
struct NetworkInput {
    std::string name{}, shape{};
};

/// One layer of a network.
struct Layer {
    std::string position{}, layer{}, output{};  ///< "2.0", "Linear<128, 10>", "10"
    long long parameters = 0, multiply_adds = 0;
    std::vector<std::string> reads{};  ///< positions of layers, or names of inputs; empty: the layer before
};

}  // namespace kiln::inline KILN_TARGET::report
