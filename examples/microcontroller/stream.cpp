// SPDX-License-Identifier: BSL-1.0
// A recurrent network on a chip hears one sample after the other, without an end. Its weights are a constant in the order
// in which a step reads them, so they stay in flash; RAM holds the state alone.

#include "board.hpp"
#include "network.hpp"
#include "show.hpp"

#include <array>
#include <cstdint>

static_assert(kiln::native_lanes == 4, "compile this machine's program without -march=native");

namespace {

constexpr Listener listener = [] {
    Listener net;
    net.initialize(kiln::Seed{1});
    return net;
}();

}  // namespace

extern constexpr kiln::Prepared<Listener> weights{listener};  // seen by the linker, so that a test finds them

int main() {
    kiln::Stream<Listener> stream{weights};
    std::array<float, 64> y;
    std::uint32_t instructions = 0;
    for (int t = 0; t < 64; ++t) {
        const float x = static_cast<float>(t % 9 - 4) / 4;
        const board::Stopwatch watch;
        y[static_cast<std::size_t>(t)] = stream.step({x})[0];
        const std::uint32_t took = watch.instructions();
        if (took > instructions) instructions = took;
    }

    stream.reset();
    const float again = stream.step({-1})[0];

    print_bits("stream", y);
    board::print(again == y[0] ? "the same from the start again\n" : "OTHER bits from the start again\n");
    print_measured("instructions", instructions);
    print_measured("stack", board::peak_stack());
}
