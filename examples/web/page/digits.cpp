// SPDX-License-Identifier: BSL-1.0
// The functions that the page calls: WebAssembly that holds the network and its weights, and makes the network's input
// from a drawing. It imports nothing. The page writes lines into lines(), calls read_drawing(count), and reads image()
// and probabilities().

#include <kiln/layers/softmax.hpp>

#include "../network.hpp"
#include "strokes.hpp"
#include <digits.hpp>  // `digits`, the trained network: written by ../main.cpp
#include <emscripten.h>

#include <cstddef>

namespace {

constexpr int most_lines = 8192;
Line drawing[most_lines];
Image input;
kiln::Tensor<float, Digits::Output> scores, chances;

}  // namespace

extern "C" {

/// The place where the page puts a drawing: x and y of both ends of each line, from 0 to 1.
EMSCRIPTEN_KEEPALIVE Line* lines() { return drawing; }
EMSCRIPTEN_KEEPALIVE int line_capacity() { return most_lines; }

/// The network's input, its output, and the output as probabilities.
EMSCRIPTEN_KEEPALIVE float* image() { return input.data; }
EMSCRIPTEN_KEEPALIVE const float* logits() { return scores.data; }
EMSCRIPTEN_KEEPALIVE const float* probabilities() { return chances.data; }

/// Computes the network's answer to image().
EMSCRIPTEN_KEEPALIVE void predict() {
    constexpr kiln::Model<kiln::Softmax, Digits::Output> softmax;
    scores = digits.predict(input);
    chances = softmax.predict(scores);
}
/// Makes the image of the first `count` lines, and predicts.
EMSCRIPTEN_KEEPALIVE void read_drawing(int count) {
    input = image_of({drawing, static_cast<std::size_t>(count)});
    predict();
}

EMSCRIPTEN_KEEPALIVE int parameter_count() { return static_cast<int>(Digits::parameter_count); }
EMSCRIPTEN_KEEPALIVE int multiply_adds() { return static_cast<int>(Digits::multiply_adds); }
}
