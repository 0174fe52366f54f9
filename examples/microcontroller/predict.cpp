// SPDX-License-Identifier: BSL-1.0
// Inference on a chip: the weights are a constant, so they stay in flash; a prediction works on the stack.

#include "board.hpp"
#include "digit.hpp"
#include "show.hpp"

#include <card.hpp>  // written by weights.cpp

#include <cstdint>

// Sums over neighbouring floats depend on how many a vector holds: equal bits need the same number on both machines.
static_assert(kiln::native_lanes == 4, "compile this machine's program without -march=native");

// A model is its parameters and nothing else: no gradient, no tape, no pointer.
static_assert(sizeof(Card) == Card::parameter_bytes);
static_assert(Card::parameter_bytes - 4 * Card::parameter_count < 4 * 32);  // what aligns its four tensors
// The values between the layers are working memory of a prediction. Convolution, activation and pooling are one pass
// over memory, so there is one buffer; a deeper network shares two, however many layers it has.
static_assert(sizeof(Card::Scratch<float>) == Card::inference_bytes);
static_assert(Card::inference_bytes == 8 * 13 * 13 * sizeof(float) + 32);  // to whole cache lines
using Deep = kiln::Model<
    kiln::Sequential<kiln::Linear<32, 32>, kiln::Tanh, kiln::Linear<32, 32>, kiln::Tanh, kiln::Linear<32, 32>,
                     kiln::Tanh, kiln::Linear<32, 32>, kiln::Tanh, kiln::Linear<32, 4>>,
    kiln::Shape<32>>;
static_assert(Deep::inference_bytes == 2 * 32 * sizeof(float));

int main() {
    const board::Stopwatch watch;
    const auto logits = card.predict(digit);
    const std::uint32_t instructions = watch.instructions();

    print_bits("logits", logits);
    board::print("digit ");
    print(static_cast<std::uint32_t>(kiln::argmax(logits)));
    board::print("\n");
    print_measured("instructions", instructions);
    print_measured("stack", board::peak_stack());
}
