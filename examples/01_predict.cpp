// SPDX-License-Identifier: BSL-1.0
// A network is a type. Its input shape decides every shape behind it, the compiler checks them all, and a model of it is
// a plain value that predicts.

#include <kiln.hpp>

#include <iostream>

// Layers one after the other. A Conv<In, Out, Kernel> has In channels and puts out Out; Pool<2> halves rows and columns;
// Linear<In, Out> takes any shape of In elements. A block is a Sequential like the whole, so networks nest.
template <int In, int Out>
using Block = kiln::Sequential<kiln::Conv<In, Out, 3, 1, 1>, kiln::ReLU, kiln::Pool<2>>;

using Net =
    kiln::Sequential<Block<3, 16>, Block<16, 32>, kiln::Linear<32 * 8 * 8, 64>, kiln::Tanh, kiln::Linear<64, 10>>;

// A model is a network for one input shape: here colour images of 32 rows by 32 columns. If a layer did not fit the shape
// that arrives at it, this line would be the error.
using Objects = kiln::Model<Net, kiln::Shape<3, 32, 32>>;

// The shape of the output follows.
static_assert(std::is_same_v<Objects::Output, kiln::Shape<10>>);

int main() {
    std::cout << kiln::summary<Objects>() << "\n\n";

    // Parameters start from a seed: the same seed, the same values, on every machine. The model has 140,000 of them, so
    // it is static here; a large value has no place on the stack.
    static Objects model{kiln::Seed{42}};

    // An untrained network can already be asked. Nothing is allocated.
    static kiln::Tensor<float, Objects::Input> image{};
    image(0, 16, 16) = 1;  // channel, row, column
    const kiln::Tensor<float, Objects::Output> logits = model.predict(image);
    std::cout << "class " << kiln::argmax(logits) << " of " << logits.size() << '\n';
}
