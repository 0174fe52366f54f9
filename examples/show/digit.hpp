// SPDX-License-Identifier: BSL-1.0
#pragma once
// A digit and the class that a network takes it for, as text.

#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/model/model.hpp>

#include <cstdint>
#include <cstdio>

/// Whether a stream is read by a person, not by a file or a program.
bool is_terminal(std::FILE* stream);

/// Prints an image with its ten probabilities as bars beside it. Block characters where the locale is UTF-8, ASCII
/// elsewhere; colour only on a terminal, and not if NO_COLOR is set (no-color.org).
void draw(const kiln::Tensor<std::uint8_t, kiln::Shape<1, 28, 28>>& pixels,
          const kiln::Tensor<float, kiln::Shape<10>>& probabilities);

/// Prints image i of a data set of digits, its label, and the probabilities that a model gives it.
template <class M>
void draw(const M& model, const auto& digits, int i) {
    const kiln::Model<kiln::Softmax, typename M::Output> softmax;
    const auto probabilities = softmax.predict(model.predict(digits.image(i)));
    std::printf("\nimage %d, a %d, is taken for a %d:\n", i, digits.label(i), kiln::argmax(probabilities));
    draw(digits.sample(i), probabilities);
}

/// Prints two images with values from 0 to 1, side by side.
void draw(const kiln::Tensor<float, kiln::Shape<1, 28, 28>>& left,
          const kiln::Tensor<float, kiln::Shape<1, 28, 28>>& right);
