// SPDX-License-Identifier: BSL-1.0
// The slopes of a strided convolution over sixteen lanes, in a tile of one channel and the last two columns, where one
// slope of the output is used twice. Every one is compared with the sum of the formula. strided_lanes.cmake compiles this
// file for a chip.

#include <kiln/kernels/correlate_input_gradient.hpp>

#include "board.hpp"

using namespace kiln;

namespace {

using E = Lanes<float, 16>;
constexpr int outputs = 2, inputs = 3, window = 3, stride = 2, padding = 1, high = 7, wide = 6, rows = 4, columns = 3;

Tensor<float, Shape<outputs, inputs, window, window>> w;
Tensor<E, Shape<outputs, rows, columns>> dy;
Tensor<E, Shape<inputs, high, wide>> dx;

/// The slope that the formula gives, all numbers in it small enough to be exact.
float expected(int l, int c, int r, int s) {
    float sum = 0;
    for (int o = 0; o < outputs; ++o)
        for (int u = 0; u < window; ++u)
            for (int v = 0; v < window; ++v)
                for (int i = 0; i < rows; ++i)
                    for (int j = 0; j < columns; ++j)
                        if (i * stride + u == r + padding && j * stride + v == s + padding)
                            sum += w(o, c, u, v) * lane(dy(o, i, j), l);
    return sum;
}

constexpr int begin = wide - 2;
[[gnu::noinline]] void compute() {
    for (int c = 0; c < inputs; ++c)
        for (int r = 0; r < high; ++r)
            kernels::detail::input_gradient_tile<1, 2, begin, stride, padding>(w, dy, dx, Nothing{},
                                                                               kernels::Unchanged{}, c, r, begin);
}

}  // namespace

int main() {
    int number = 0;
    for (float& weight : w) weight = static_cast<float>(++number);
    for (E& slope : dy)
        for (int l = 0; l < 16; ++l) set_lane(slope, l, static_cast<float>(++number % 64));
    compute();
    for (int l = 0; l < 16; ++l)
        for (int c = 0; c < inputs; ++c)
            for (int r = 0; r < high; ++r)
                for (int s = begin; s < wide; ++s)
                    if (lane(dx(c, r, s), l) != expected(l, c, r, s)) {
                        board::print("a slope is wrong\n");
                        return 1;
                    }
    board::print("all slopes are right\n");
}
