// SPDX-License-Identifier: BSL-1.0
// Data that is larger than the memory of one machine lies in shards, and each rank opens those that it trains on. Here
// the ranks are two threads, and a shard is made up where a program would read a file. The result is that of one rank
// that has all shards, bit for bit.

#include <kiln.hpp>
#include <kiln/data/sharded.hpp>
#include <kiln/train/local_ranks.hpp>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

// Which of three machines hums? Each has its pitch, in 64 samples of a noisy sound.
using Net = kiln::Sequential<kiln::Linear<64, 32>, kiln::ReLU, kiln::Linear<32, 3>>;
using Hums = kiln::Model<Net, kiln::Shape<64>>;
using Sounds = kiln::data::Dataset<kiln::Shape<64>, float>;

template <class... Ranks>
using Training = kiln::Trainer<Hums, kiln::CrossEntropy, kiln::Adam, kiln::Batch<64>, kiln::Lanes<float, 8>, Ranks...>;

Sounds record(int shard) {
    kiln::Random random{kiln::Seed{static_cast<std::uint64_t>(shard)}};
    std::vector<kiln::Tensor<float, kiln::Shape<64>>> sounds(500);
    std::vector<int> machines;
    for (auto& sound : sounds) {
        machines.push_back(random.below(3));
        const float pitch = 0.3f + 0.1f * static_cast<float>(machines.back()), start = random.uniform(0, 6.28f);
        for (int i = 0; i < sound.count; ++i)
            sound[i] = kiln::sin(start + pitch * static_cast<float>(i)) + 2 * random.normal();
    }
    return Sounds(std::move(sounds), std::move(machines));
}

// Trains a model on eight shards, alone or as one of several ranks.
template <class... Rank>
Hums train(Rank&... rank) {
    Hums model{kiln::Seed{1}};
    Training<Rank...> trainer{rank..., model, kiln::Adam{.learning_rate = 0.003f}};
    const kiln::data::Sharded sounds(trainer, 8, record);
    const kiln::Epoch last = trainer.fit(sounds, {.epochs = 10});
    const bool is_first = (... && (rank.rank() == 0));
    if (is_first)
        std::printf("%d of %d shards: %.1f %% right\n", sounds.held(), sounds.shards(),
                    100 * static_cast<double>(last.accuracy));
    return model;
}

int main() {
    const Hums alone = train();
    Hums together;
    kiln::LocalRanks group{2};
    group.run([&](kiln::LocalRanks::Rank& rank) {
        const Hums model = train(rank);
        if (rank.rank() == 0) together = model;
    });
    const bool same = std::memcmp(&alone.parameters(), &together.parameters(), sizeof(Hums::Parameters)) == 0;
    std::printf("the parameters are %s\n", same ? "the same" : "not the same");
    return same ? 0 : 1;
}
