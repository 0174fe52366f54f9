// SPDX-License-Identifier: BSL-1.0
#pragma once
// Labelled samples to train and predict on.

#include <kiln/core/random.hpp>
#include <kiln/data/dataset.hpp>

#include "laws/instance.hpp"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace kiln::laws {

/// Random samples with random labels, as `step` takes them.
template <class In>
struct Samples {
    std::vector<Tensor<float, In>> inputs;
    std::vector<int> labels;

    Samples(int count, int classes, std::uint64_t seed) {
        Random random{Seed{seed}};
        inputs.resize(static_cast<std::size_t>(count));
        for (auto& input : inputs) {
            fill(input, random);
            labels.push_back(random.below(classes));
        }
    }
    std::span<const Tensor<float, In>> first_inputs(int n) const {
        return {inputs.data(), static_cast<std::size_t>(n)};
    }
    std::span<const int> first_labels(int n) const { return {labels.data(), static_cast<std::size_t>(n)}; }
};

/// Images that can be told apart: noise, in which pixel i is brighter if i mod classes is the label.
template <class In>
data::Dataset<In> striped_images(int count, int classes, std::uint64_t seed) {
    Random random{Seed{seed}};
    std::vector<Tensor<std::uint8_t, In>> pixels(static_cast<std::size_t>(count));
    std::vector<int> labels;
    for (auto& image : pixels) {
        labels.push_back(random.below(classes));
        for (int i = 0; i < In::count; ++i)
            image.data[i] = static_cast<std::uint8_t>(random.below(150) + (i % classes == labels.back() ? 100 : 0));
    }
    return {std::move(pixels), std::move(labels)};
}

/// The first images of a data set with the labels of other classes, so that a model that learned from them errs on the
/// data set.
template <class In>
data::Dataset<In> contradicting(const data::Dataset<In>& images, int count, int classes) {
    std::vector<Tensor<std::uint8_t, In>> pixels;
    std::vector<int> labels;
    for (int i = 0; i < count; ++i) {
        pixels.push_back(images.sample(i));
        labels.push_back((images.label(i) + 1) % classes);
    }
    return {std::move(pixels), std::move(labels)};
}

/// Whether two records of floats are the same, bit for bit but for the sign of zeros.
template <class R>
bool same_record(const R& a, const R& b) {
    const auto x = tensors<const float>(a), y = tensors<const float>(b);
    for (std::size_t k = 0; k < x.size(); ++k)
        for (int i = 0; i < x[k].count; ++i)
            if (!(x[k].data[i] == y[k].data[i])) return false;
    return true;
}

}  // namespace kiln::laws
