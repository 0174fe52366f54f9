// SPDX-License-Identifier: BSL-1.0
// A trained network as a constant, in three ways: trained while the compiler runs, written at run time as a C++ header, or
// read by the compiler from a safetensors file. Its answers can be asserted. This program prints such a header:
//
//   bash examples/run.sh 21            # or, as the file that it is to be:
//   bash examples/run.sh 21 xor.hpp

#include <kiln.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

using Net = kiln::Sequential<kiln::Linear<2, 4>, kiln::Tanh, kiln::Linear<4, 2>>;
using Xor = kiln::Model<Net, kiln::Shape<2>>;

constexpr std::array<kiln::Tensor<float, kiln::Shape<2>>, 4> questions{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
constexpr std::array<int, 4> answers{0, 1, 1, 0};

// The layers, the loss and the optimizer are those of any other training. Compilers limit how long they compute (clang:
// -fconstexpr-steps); the default is enough for these 40 steps, or for a prediction of 70,000 multiply-adds.
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

// A safetensors file that is part of the program is checked against the type of the model by the compiler. In a program of
// yours the bytes come from a file, with `xxd -i < line.safetensors > line.inc` or #embed:
//
//     constexpr unsigned char file[] = {
//     #include "line.inc"
//     };
//
// Here they are written out: eight bytes with the length of the header, the header, and three floats.
using Line = kiln::Model<kiln::Linear<2, 1>, kiln::Shape<2>>;
using namespace std::string_view_literals;
constexpr std::string_view file = "\x76\0\0\0\0\0\0\0"
                                  R"({"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
                                  R"("bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})"
                                  "\0\0\0\x40\0\0\x80\xbf\0\0\0\x3f"sv;
constexpr const Line& line = kiln::io::Embedded<Line, file>::model;
static_assert(line.predict({1, 1})[0] == 2 - 1 + 0.5f);

int main(int count, char** arguments) {
    const auto temporary = std::filesystem::temp_directory_path() / "kiln_example.hpp";
    const std::string path = count > 1 ? arguments[1] : temporary.string();
    const kiln::Result written = kiln::io::export_header(exclusive_or, path, {.name = "exclusive_or"});
    std::printf("%s\n", written ? path.c_str() : written.message().c_str());
    return written ? 0 : 1;
}
