// SPDX-License-Identifier: BSL-1.0
// flags: -O1
// Trains a chain, a graph with batch statistics and a recurrent network, on one and on two threads of each rank,
// without groups of passes; also the chain and the graph in eight groups, and the chain in eleven, one for each pass.
// Rank 0 prints a hash of each trained model, which must be the same for any number of ranks. The argument names a
// folder: with a second argument, `save`, each training is saved there half-way, with `resume` it goes on from there.

#include <kiln/core/random.hpp>
#include <kiln/data/sharded.hpp>
#include <kiln/io/checkpoint.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/join.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/mpi.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include "laws/samples.hpp"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <string>

using namespace kiln;

namespace {

constexpr int batch = 42;  // 11 passes of 4 samples, which neither two nor three nor four ranks share evenly

struct Images {
    using In = Shape<1, 8, 8>;
    using M = Model<Sequential<Conv<1, 4, 3>, ReLU, Pool<2>, Dropout<0.2>, Linear<36, 5>>, In>;
    using Rule = ClipByNorm<SGD>;
    static Rule rule() { return {SGD{.learning_rate = 0.3f, .momentum = 0.9f}, 0.1f}; }
};
struct Normalised {
    using In = Shape<2, 5, 5>;
    using Net = Graph<Input<"x">, Node<"left", Conv<2, 4, 3, 1, 1>, "x">, Node<"normal", BatchNorm<4>, "left">,
                      Node<"right", Tanh, "left">, Node<"sum", Add, "normal", "right">,
                      Node<"end", Linear<100, 5>, "sum">, Output<"end">>;
    using M = Model<Net, In>;
    using Rule = Adam;
    static Rule rule() { return {.learning_rate = 0.02f}; }
};
struct Sequences {
    using In = Shape<6, 3>;
    using M = Model<Sequential<GRU<3, 7>, Last, Linear<7, 5>>, In>;
    using Rule = Adam;
    static Rule rule() { return {.learning_rate = 0.02f}; }
};

// Prints a hash of a trained model, by rank 0.
void print_bits(mpi::Ranks& ranks, const auto& model, const char* name) {
    std::uint64_t all = 0;
    const auto read = [&](const auto& record) {
        for (const auto& tensor : tensors<const float>(record))
            for (int i = 0; i < tensor.count; ++i) {
                std::uint32_t bits;
                std::memcpy(&bits, &tensor.data[i], sizeof bits);
                all = hash(all, bits);
            }
    };
    read(model.parameters());
    read(model.state());
    const Agreed same{.name = "trained model", .hash = all};
    ranks.agree({&same, 1});
    if (ranks.rank() == 0) std::printf("%s: %016llx\n", name, static_cast<unsigned long long>(all));
}

template <class Kind, int N, class... Groups>
void train(mpi::Ranks& ranks, const char* name, const std::string& path, const std::string& way) {
    using Training = Trainer<typename Kind::M, CrossEntropy, typename Kind::Rule, Batch<batch>, Lanes<float, 4>,
                             mpi::Ranks, Threads<N>, Groups...>;
    const laws::Samples<typename Kind::In> samples(batch, 5, 11);
    const auto model = std::make_unique<typename Kind::M>(Seed{3});
    const auto trainer = std::make_unique<Training>(ranks, *model, Kind::rule(), CrossEntropy{}, Seed{5});
    for (int step = 0; step < 10; ++step) {
        if (step == 5 && way == "save" && N == 1 && ranks.rank() == 0)
            io::save_checkpoint(*trainer, path + name).or_throw();
        if (way == "resume" && step < 5) continue;
        if (way == "resume" && step == 5) io::load_checkpoint(*trainer, path + name).or_throw();
        const int size = step % 3 == 2 ? 3 : batch - step;  // fewer passes than ranks, too
        trainer->step(samples.first_inputs(size), samples.first_labels(size));
    }
    print_bits(ranks, *model, name);
}

template <class Kind, class... Groups>
void train_on_threads(mpi::Ranks& ranks, const char* name, const std::string& path, const std::string& way) {
    train<Kind, 1, Groups...>(ranks, name, path, way);
    train<Kind, 2, Groups...>(ranks, name, path, way);
}

// Trains on a data set in eleven shards, of which each rank has those of its passes.
template <int N>
void train_on_shards(mpi::Ranks& ranks) {
    using In = Images::In;
    const auto model = std::make_unique<Images::M>(Seed{3});
    using Training = Trainer<Images::M, CrossEntropy, Adam, Batch<batch>, Lanes<float, 4>, mpi::Ranks, Threads<N>>;
    const auto trainer = std::make_unique<Training>(ranks, *model, Adam{}, CrossEntropy{}, Seed{5});
    const data::Sharded shards(*trainer, 11, [](int shard) {
        return laws::striped_images<In>(20 + shard, 5, static_cast<std::uint64_t>(shard));
    });
    trainer->fit(shards, {.epochs = 3});
    print_bits(ranks, *model, "shards");
}

}  // namespace

int main(int count, char** arguments) {
    try {
        mpi::Ranks ranks;
        const std::string path = std::string(arguments[1]) + "/", way = count > 2 ? arguments[2] : "";
        train_on_threads<Images>(ranks, "chain", path, way);
        train_on_threads<Normalised>(ranks, "graph", path, way);
        train_on_threads<Sequences>(ranks, "gru", path, way);
        train_on_threads<Images, Groups<8>>(ranks, "chain in 8 groups", path, way);
        train_on_threads<Images, Groups<11>>(ranks, "chain in 11 groups", path, way);
        train_on_threads<Normalised, Groups<8>>(ranks, "graph in 8 groups", path, way);
        train_on_shards<1>(ranks);
        train_on_shards<2>(ranks);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
