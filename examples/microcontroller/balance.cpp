// SPDX-License-Identifier: BSL-1.0
// The policy of examples/cart_pole learns on a chip, in four simulations at once.

#include "../cart_pole/cart_pole.hpp"
#include "board.hpp"
#include "show.hpp"

#include <array>
#include <cstdint>

static_assert(kiln::native_lanes == 4, "compile this machine's program without -march=native");

namespace {

using Learner = cart_pole::ActorCritic<kiln::Lanes<float, 4>>;
static_assert(sizeof(Learner) < 24 * 1024);

constexpr int steps = 48 * 1024, episodes = 10;
constexpr kiln::Seed seed{1}, seed_of_episodes{2};

}  // namespace

int main() {
    static Learner learner{seed};
    const float before = cart_pole::mean_return(learner.policy(), episodes, seed_of_episodes);
    const board::Stopwatch watch;
    learner.learn();
    const std::uint32_t instructions = watch.instructions();
    for (int i = Learner::steps; i < steps; i += Learner::steps) learner.learn();
    const float after = cart_pole::mean_return(learner.policy(), episodes, seed_of_episodes);

    print_bits("returns", std::array{before, after, learner.returns().mean()});
    for (const auto& slice : kiln::tensors<const float>(learner.policy().parameters())) print_bits("weights", slice);
    board::print("steps until the pole falls: ");
    print(static_cast<std::uint32_t>(before + 0.5f));
    board::print(" before, ");
    print(static_cast<std::uint32_t>(after + 0.5f));
    board::print(" after\n");
    print_measured("instructions", instructions);
    print_measured("stack", board::peak_stack());
    return after >= 475 ? 0 : 1;
}
