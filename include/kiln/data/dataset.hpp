// SPDX-License-Identifier: BSL-1.0
#pragma once
// A data set in memory: images as 8-bit pixels, a quarter of their size as floats, and one integer label each. Pixels
// become floats on reading: value = scale * pixel, with scale 1/255 by default so that values lie in [0, 1]. Filled
// once, at load time, and only read after that, so threads may share it.

#include <kiln/core/expects.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace kiln::data {

/// Labelled images of shape S.
template <class S>
class Dataset {
  public:
    using Input = S;

    /// One label, 0 or more, per image; throws std::invalid_argument otherwise. Values are `scale` times a pixel.
    Dataset(std::vector<Tensor<std::uint8_t, S>> pixels, std::vector<int> labels, float scale = 1.0f / 255)
        : pixels_(std::move(pixels)),
          labels_(std::move(labels)),
          scale_(scale) {
        if (pixels_.size() != labels_.size())
            throw std::invalid_argument("kiln: a Dataset needs one label per image, got " +
                                        std::to_string(pixels_.size()) + " images and " +
                                        std::to_string(labels_.size()) + " labels");
        if (labels_.size() > static_cast<std::size_t>(INT_MAX))
            throw std::invalid_argument("kiln: a Dataset needs at most " + std::to_string(INT_MAX) + " images, got " +
                                        std::to_string(labels_.size()));
        for (const int label : labels_) {
            if (label < 0 || label == INT_MAX)
                throw std::invalid_argument("kiln: a Dataset needs labels from 0 to " + std::to_string(INT_MAX - 1) +
                                            ", got " + std::to_string(label));
            if (label >= classes_) classes_ = label + 1;
        }
    }

    int size() const { return static_cast<int>(labels_.size()); }

    /// Sample i as a network reads it: scaled pixels.
    Tensor<float, S> image(int i) const {
        const Tensor<std::uint8_t, S>& pixels = sample(i);
        Tensor<float, S> values;
        for (int k = 0; k < S::count; ++k) values.data[k] = scale_ * static_cast<float>(pixels.data[k]);
        return values;
    }

    /// Sample i as it is stored; a value is `scale()` times a pixel.
    const Tensor<std::uint8_t, S>& sample(int i) const {
        KILN_EXPECTS(0 <= i && i < size());
        return pixels_[static_cast<std::size_t>(i)];
    }

    int label(int i) const {
        KILN_EXPECTS(0 <= i && i < size());
        return labels_[static_cast<std::size_t>(i)];
    }

    /// The same, as training asks for it.
    int target(int i) const { return label(i); }

    float scale() const { return scale_; }

    /// The largest label + 1; 0 without samples.
    int classes() const { return classes_; }

    /// A copy of the first n samples, for a quick trial. It keeps the class count of the whole: three digits are still
    /// of ten classes.
    Dataset first(int n) const {
        KILN_EXPECTS(0 <= n && n <= size());
        Dataset part{{pixels_.begin(), pixels_.begin() + n}, {labels_.begin(), labels_.begin() + n}, scale_};
        part.classes_ = classes_;
        return part;
    }

  private:
    std::vector<Tensor<std::uint8_t, S>> pixels_;
    std::vector<int> labels_;
    float scale_;
    int classes_ = 0;
};

}  // namespace kiln::data
