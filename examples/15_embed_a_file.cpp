// SPDX-License-Identifier: BSL-1.0
// A safetensors file that is part of the program: the compiler reads it and checks it against the type of the model. A
// file of another network does not compile.

#include <kiln.hpp>

#include <cstdio>
#include <string_view>

using Line = kiln::Model<kiln::Linear<2, 1>, kiln::Shape<2>>;

// In a program of yours the bytes come from a file, with `xxd -i < line.safetensors > line.inc` or #embed:
//
//     constexpr unsigned char file[] = {
//     #include "line.inc"
//     };
//
// Here they are written out: eight bytes with the length of the header, the header, and three floats.
using namespace std::string_view_literals;
constexpr std::string_view file = "\x76\0\0\0\0\0\0\0"
                                  R"({"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
                                  R"("bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})"
                                  "\0\0\0\x40\0\0\x80\xbf\0\0\0\x3f"sv;

constexpr const Line& line = kiln::io::Embedded<Line, file>::model;
static_assert(line.predict({1, 1})[0] == 2 - 1 + 0.5f);

int main() {
    for (const float x : {0.0f, 0.5f, 1.0f})
        std::printf("2 * %.1f - 1 + 0.5 = %4.1f\n", static_cast<double>(x),
                    static_cast<double>(line.predict({x, 1})[0]));
}
