// SPDX-License-Identifier: BSL-1.0
// A trained network as a constant. This one is trained while the compiler runs, so what it answers can be asserted, and
// the program contains nothing but its weights. Larger networks are trained at run time and written as a C++ header;
// programs that include it, on a chip without files too, have the same constant. This program prints such a header:
//
//   bash examples/run.sh 10            # or, as the file that it is to be:
//   bash examples/run.sh 10 xor.hpp

#include <kiln.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

using Net = kiln::Sequential<kiln::Linear<2, 4>, kiln::Tanh, kiln::Linear<4, 2>>;
using Xor = kiln::Model<Net, kiln::Shape<2>>;

constexpr std::array<kiln::Tensor<float, kiln::Shape<2>>, 4> questions{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
constexpr std::array<int, 4> answers{0, 1, 1, 0};

// The layers, the loss and the optimizer are those of any other training.
constexpr Xor trained() {
    Xor model;
    model.initialize(kiln::Seed{1});
    kiln::Trainer<Xor, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{
        model, kiln::SGD{.learning_rate = 1, .momentum = 0.9f}};
    for (int step = 0; step < 40; ++step) trainer.step(questions, answers);
    return model;
}
constexpr Xor exclusive_or = trained();

// A network that has not learned its task does not compile.
static_assert(kiln::argmax(exclusive_or.predict({0, 0})) == 0);
static_assert(kiln::argmax(exclusive_or.predict({0, 1})) == 1);
static_assert(kiln::argmax(exclusive_or.predict({1, 0})) == 1);
static_assert(kiln::argmax(exclusive_or.predict({1, 1})) == 0);

// Compilers limit how long they compute (clang: -fconstexpr-steps, about 15 for each multiply-add of a prediction). The
// default is enough for 70,000 of them, or for these 40 steps.
int main(int count, char** arguments) {
    const auto temporary = std::filesystem::temp_directory_path() / "kiln_example.hpp";
    const std::string path = count > 1 ? arguments[1] : temporary.string();
    const kiln::Result written = kiln::io::export_header(exclusive_or, path, {.name = "exclusive_or"});
    std::printf("%s\n", written ? path.c_str() : written.message().c_str());
    return written ? 0 : 1;
}
