// SPDX-License-Identifier: BSL-1.0
// A training on shards has the same bits on any number of ranks, of which each opens the shards that it needs.
#define BOOST_TEST_MODULE data.sharded
#include <kiln/core/several_targets.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/data/augment.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/data/loader.hpp>
#include <kiln/data/sequences.hpp>
#include <kiln/data/sharded.hpp>
#include <kiln/data/windows.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/embedding.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/local_ranks.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/samples.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace kiln;
using data::Dataset, data::Loader, data::Sharded;

namespace {

using In = Shape<1, 5, 5>;
using Images = Dataset<In>;
using M = Model<Sequential<Conv<1, 3, 3>, BatchNorm<3>, ReLU, Linear<27, 3>>, In>;
// 16 passes of two samples.
template <class... Options>
using Training = Trainer<M, CrossEntropy, SGD, Batch<32>, Lanes<float, 2>, Options...>;
using Alone = Training<>;
using OnRank = Training<LocalRanks::Rank>;

constexpr int in_shard = 37;
Images shard_of_images(int shard) {
    return laws::striped_images<In>(in_shard, 3, static_cast<std::uint64_t>(shard + 1));
}

// The parameters and the state of a model after task(trainer), on one rank.
template <class T, class Model = typename T::Model>
std::vector<float> trained(auto task, auto&... rank) {
    const auto model = std::make_unique<Model>(Seed{3});
    using Loss = std::remove_cvref_t<decltype(std::declval<T&>().loss())>;
    const auto trainer = std::make_unique<T>(rank..., *model, SGD{.learning_rate = 0.1f}, Loss{}, Seed{5});
    task(*trainer);
    std::vector<float> all;
    const auto read = [&](const auto& record) {
        for (const auto& slice : tensors<const float>(record)) all.insert(all.end(), slice.begin(), slice.end());
    };
    read(model->parameters());
    read(model->state());
    return all;
}
// Whether task(trainer) gives `expected` on each of some ranks.
template <class T>
bool same_on_ranks(int count, const std::vector<float>& expected, auto task) {
    std::atomic<int> same{0};
    LocalRanks group(count);
    group.run([&](LocalRanks::Rank& rank) { same += trained<T>(task, rank) == expected; });
    return same == count;
}

// The error that each rank gets from task(trainer, rank), in words; empty for none.
std::vector<std::string> errors_of(int count, auto task) {
    std::vector<std::string> errors(static_cast<std::size_t>(count));
    LocalRanks group(count);
    group.run([&](LocalRanks::Rank& rank) {
        M model{Seed{1}};
        const auto trainer = std::make_unique<OnRank>(rank, model, SGD{});
        try {
            task(*trainer, rank.rank());
        } catch (const std::exception& error) {
            errors[static_cast<std::size_t>(rank.rank())] = error.what();
        }
    });
    return errors;
}
std::string error_alone(auto task) {
    M model{Seed{1}};
    const auto trainer = std::make_unique<Alone>(model, SGD{});
    try {
        task(*trainer);
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(shards_give_the_same_bits_on_any_number_of_ranks) {
    for (const int shards : {1, 3, 8, 32}) {  // pools: 1, 1, 8, 16
        const auto fit = [&](auto& trainer) {
            const Sharded train(trainer, shards, shard_of_images);
            trainer.fit(train, {.epochs = 3});
        };
        const auto fit_loader = [&](auto& trainer) {
            const Sharded train(trainer, shards, shard_of_images);
            Loader loader(train, {.batch = 32, .seed = Seed{7}}, data::Shift{.pixels = 1});
            trainer.fit(loader, {.epochs = 2});
        };
        const auto alone = trained<Alone>(fit), of_loader = trained<Alone>(fit_loader);
        BOOST_TEST((alone != of_loader));
        for (const int ranks : {1, 2, 3, 4}) {
            BOOST_TEST(same_on_ranks<OnRank>(ranks, alone, fit), ranks << " ranks, " << shards << " shards");
            BOOST_TEST(same_on_ranks<OnRank>(ranks, of_loader, fit_loader), ranks << " ranks, " << shards << " shards");
        }
        BOOST_TEST((same_on_ranks<Training<LocalRanks::Rank, Threads<2>>>(2, alone, fit)));
        BOOST_TEST((trained<Training<Threads<2>>>(fit) == alone));
    }
}

BOOST_AUTO_TEST_CASE(a_rank_opens_the_shards_of_its_passes_only) {
    const auto opens = [](int ranks, int shards) {
        std::vector<int> opened(static_cast<std::size_t>(ranks)), seen(static_cast<std::size_t>(shards));
        std::mutex mutex;
        LocalRanks group(ranks);
        group.run([&](LocalRanks::Rank& rank) {
            M model;
            const auto trainer = std::make_unique<OnRank>(rank, model, SGD{});
            const Sharded train(*trainer, shards, [&](int shard) {
                const std::lock_guard lock(mutex);
                ++opened[static_cast<std::size_t>(rank.rank())];
                ++seen[static_cast<std::size_t>(shard)];
                return shard_of_images(shard);
            });
            const std::lock_guard lock(mutex);
            BOOST_TEST(train.shards() == shards);
            BOOST_TEST(train.held() == opened[static_cast<std::size_t>(rank.rank())]);
            BOOST_TEST(train.size() == shards * in_shard);
            int held = 0;
            for (int i = 0; i < train.size(); ++i) {
                held += train.holds(i);
                BOOST_TEST(train.target(i) == shard_of_images(i / in_shard).label(i % in_shard));
            }
            BOOST_TEST(held == train.held() * in_shard);
        });
        for (const int times : seen) BOOST_TEST(times > 0);
        return opened;
    };
    BOOST_TEST((opens(1, 4) == std::vector{4}));
    BOOST_TEST((opens(2, 4) == std::vector{2, 2}));
    BOOST_TEST((opens(4, 4) == std::vector{1, 1, 1, 1}));
    BOOST_TEST((opens(4, 32) == std::vector{8, 8, 8, 8}));
    BOOST_TEST((opens(3, 16) == std::vector{6, 5, 5}));  // of 16 passes
    BOOST_TEST((opens(3, 4) == std::vector{2, 2, 2}));   // neighbours hold a shard both
    BOOST_TEST((opens(2, 3) == std::vector{3, 3}));      // one pool
    BOOST_TEST((opens(3, 32) == std::vector{12, 10, 10}));
}

BOOST_AUTO_TEST_CASE(an_epoch_takes_samples_of_all_pools_once) {
    std::vector<int> first_epoch;
    for (const bool shuffle : {true, false}) {
        M model{Seed{1}};
        const auto trainer = std::make_unique<Alone>(model, SGD{});
        const Sharded train(*trainer, 4, [](int shard) {
            return laws::striped_images<In>(16 + 3 * (shard % 2), 3, static_cast<std::uint64_t>(shard + 1));
        });
        const auto order = train.order(32, shuffle, 11), other = train.order(32, shuffle, 12);
        BOOST_TEST(order.size() == 64);
        std::vector<int> times(static_cast<std::size_t>(train.size())), of_shard(4);
        int moved = 0;
        for (int place = 0; place < order.size(); ++place) {
            const int i = order(place);
            ++times[static_cast<std::size_t>(i)];
            const std::vector<int> ends{16, 35, 51, 70};
            const auto shard = std::ranges::upper_bound(ends, i) - ends.begin();
            BOOST_TEST(shard == place % 32 / 8);
            ++of_shard[static_cast<std::size_t>(shard)];
            moved += order(place) != other(place);
        }
        BOOST_TEST(*std::ranges::max_element(times) == 1);
        BOOST_TEST((of_shard == std::vector(4, 16)));
        BOOST_TEST((moved > 32) == shuffle);
        if (!shuffle) BOOST_TEST(order(33) == 9);
        Epoch last = trainer->fit(train, {.epochs = 1, .shuffle = shuffle});
        BOOST_TEST(last.samples == 64);
        BOOST_TEST(last.of_samples == 64);
        Loader loader(train, {.batch = 32, .samples = 40, .shuffle = shuffle});
        BOOST_TEST(loader.size() == 32);
    }
}

BOOST_AUTO_TEST_CASE(sequences_of_tokens_with_lengths_may_be_sharded) {
    using Text = Tokens<6, 4>;
    using Words = Model<Sequential<Embedding<6, 5>, GRU<5, 4>, Last, Linear<4, 3>>, Text>;
    using AloneOnWords = Trainer<Words, CrossEntropy, SGD, Batch<32>, Lanes<float, 2>>;
    using OnRankOfWords = Trainer<Words, CrossEntropy, SGD, Batch<32>, Lanes<float, 2>, LocalRanks::Rank>;
    const auto fit = [](auto& trainer) {
        const Sharded train(trainer, 4, [](int shard) {
            std::vector<Tensor<std::uint8_t, Text>> samples(24);
            std::vector<int> labels, lengths;
            Random random(Seed{static_cast<std::uint64_t>(shard)});
            for (auto& sample : samples) {
                for (auto& token : sample) token = static_cast<std::uint8_t>(random.below(6));
                labels.push_back(random.below(3));
                lengths.push_back(1 + (shard + static_cast<int>(lengths.size())) % 4);
            }
            return data::Sequences<Text, std::uint8_t>(std::move(samples), std::move(labels), std::move(lengths));
        });
        static_assert(GivesLengths<std::remove_cvref_t<decltype(train)>>);
        for (int i = 0; i < train.size(); ++i) BOOST_TEST(train.length(i) == 1 + (i / 24 + i % 24) % 4);
        trainer.fit(train, {.epochs = 2});
        Loader loader(train, {.batch = 32});
        trainer.fit(loader, {.epochs = 1});
    };
    const auto alone = trained<AloneOnWords>(fit);
    for (const int ranks : {2, 4}) BOOST_TEST(same_on_ranks<OnRankOfWords>(ranks, alone, fit));
}

BOOST_AUTO_TEST_CASE(windows_of_several_series_may_be_sharded) {
    using Forecast = Model<Sequential<Linear<8, 2>, Reshape<1, 2>>, Shape<4, 2>>;
    using Windows = data::Windows<Shape<4, 2>, Shape<1, 2>>;
    std::vector<std::vector<float>> series(2);
    Random random(Seed{4});
    for (auto& each : series)
        for (int i = 0; i < 200; ++i) each.push_back(random.uniform());
    const auto fit = [&](auto& trainer) {
        const Sharded train(trainer, 2, [&](int shard) { return Windows(series[static_cast<std::size_t>(shard)]); });
        static_assert(std::is_same_v<decltype(train.target(0)), const Tensor<float, Shape<1, 2>>&>);
        BOOST_TEST(train.target(100)[1] ==
                   series[1][2 * 4 + 2 * (100 - static_cast<std::size_t>(train.size()) / 2) + 1]);
        trainer.fit(train, {.epochs = 2});
    };
    using AloneOnSeries = Trainer<Forecast, MeanSquaredError, SGD, Batch<32>, Lanes<float, 2>>;
    using OnRankOfSeries = Trainer<Forecast, MeanSquaredError, SGD, Batch<32>, Lanes<float, 2>, LocalRanks::Rank>;
    BOOST_TEST(same_on_ranks<OnRankOfSeries>(2, trained<AloneOnSeries>(fit), fit));
}

BOOST_AUTO_TEST_CASE(a_failed_step_has_the_same_message_on_all_ranks) {
    const auto fit = [](auto& trainer, int = 0) {
        const Sharded train(trainer, 4, [](int shard) {
            std::vector<Tensor<float, In>> inputs(32);
            for (auto& input : inputs)
                for (float& pixel : input) pixel = shard == 3 && &input == &inputs[5] ? 3e38f : 0.5f;
            return Dataset<In, float>(std::move(inputs), std::vector<int>(32));
        });
        trainer.fit(train, {.epochs = 1, .warnings = nullptr});
    };
    const std::string expected = error_alone(fit);
    BOOST_TEST(expected.find("the inputs of the network reach") != std::string::npos, expected);
    for (const std::string& error : errors_of(4, fit)) BOOST_TEST(error == expected);
}

BOOST_AUTO_TEST_CASE(shards_that_do_not_fit_are_named) {
    const auto of_shards = [](int count, auto open) {
        return error_alone([&](auto& trainer) { const Sharded train(trainer, count, open); });
    };
    BOOST_TEST(of_shards(0, shard_of_images) == "kiln: Sharded needs at least one shard, got 0");
    BOOST_TEST(of_shards(4, [](int shard) { return laws::striped_images<In>(shard == 2 ? 7 : 9, 3, 1); }) ==
               "kiln: Sharded needs at least 8 samples, for a batch, in shard 2, got 7; try fewer shards, or a smaller "
               "Batch");
    BOOST_TEST(
        of_shards(32, [](int shard) { return laws::striped_images<In>(shard / 2, 3, 1); }) ==
        "kiln: Sharded needs at least 2 samples, for a batch, in the shards 0 … 1 together, got 0; try fewer shards, "
        "or a smaller Batch");
    BOOST_TEST(of_shards(4, [](int shard) { return Images({}, {}, shard == 2 ? 1.0f : 2.0f); }) ==
               "kiln: Sharded needs shards of one scale, got 2 in shard 0 and 1 in shard 2");
    const auto open_missing = [](int shard) -> Images {
        if (shard == 1) throw std::runtime_error("no such file: shard 1");
        return shard_of_images(shard);
    };
    BOOST_TEST(of_shards(2, open_missing) == "no such file: shard 1");
    BOOST_TEST(error_alone([](auto& trainer) {
                   const Sharded train(trainer, 4, shard_of_images);
                   Loader loader(train, {.batch = 16});
               }) == "kiln: Sharded needs batches of 32 samples, as its trainer has, got 16; try .batch = 32");
    BOOST_TEST(error_alone([](auto& trainer) {
                   const Sharded train(trainer, 4, shard_of_images);
                   Loader loader(train, {.batch = 0});
               }) == "kiln: Loader needs batch at least 1, got 0");
    BOOST_TEST(error_alone([](auto& trainer) {
                   const Sharded train(trainer, 4, shard_of_images);
                   Loader loader(train, {.batch = 32, .samples = 16});
               }) == "kiln: Loader of data in shards needs whole batches, got .samples = 16; try .samples = 32");
}

BOOST_AUTO_TEST_CASE(ranks_with_other_shards_are_named) {
    const std::string on_rank_1 =
        ", got another than that of rank 0 on rank 1; try one program, one set of files and one "
        "kind of machine for all ranks";
    for (const std::string& error :
         errors_of(2, [](auto&trainer, int rank) { const Sharded train(trainer, 4 + rank, shard_of_images); }))
        BOOST_TEST(error == "kiln: ranks need the same number of shards" + on_rank_1);
    // Both ranks hold the only pool.
    for (const std::string& error : errors_of(2, [](auto&trainer, int rank) {
             const Sharded train(trainer, 3,
                                 [&](int shard) { return shard_of_images(shard + (shard == 2 ? rank : 0)); });
         }))
        BOOST_TEST(error == "kiln: ranks need the same content of the shards" + on_rank_1);
    // A rank alone lacks a file.
    const auto open = [](int shard) -> Images {
        if (shard == 3) throw std::runtime_error("no such file: shard 3");
        return shard_of_images(shard);
    };
    std::vector<std::string> errors(2);
    LocalRanks group(2);
    const auto task = [&](LocalRanks::Rank& rank) {
        M model{Seed{1}};
        const auto trainer = std::make_unique<OnRank>(rank, model, SGD{});
        try {
            const Sharded train(*trainer, 4, open);
        } catch (const std::exception& error) {
            errors[static_cast<std::size_t>(rank.rank())] = error.what();
            throw;
        }
    };
    BOOST_CHECK_THROW(group.run(task), std::runtime_error);
    BOOST_TEST(errors[0] == "kiln: rank 1 has ended by an exception: no such file: shard 3");
    BOOST_TEST(errors[1] == "no such file: shard 3");
}

BOOST_AUTO_TEST_CASE(a_sample_of_another_rank_is_refused) {
    for (const std::string& error : errors_of(2, [](auto&trainer, int rank) {
             const Sharded train(trainer, 4, shard_of_images);
             train.sample(rank == 0 ? 3 * in_shard : 0);
         }))
        BOOST_TEST(
            error.starts_with("kiln: Sharded needs a sample of a shard that this rank holds, got one of shard "));
}

BOOST_AUTO_TEST_CASE(empty_shards_and_many_rounds_keep_the_bits) {
    // 64 passes of two samples: with two ranks four rounds.
    const auto fit = [](auto& trainer) {
        const Sharded train(trainer, 128, [](int shard) {
            return laws::striped_images<In>(shard % 2 == 0 ? 9 : 0, 3, static_cast<std::uint64_t>(shard + 1));
        });
        trainer.fit(train, {.epochs = 2});
    };
    using Large = Trainer<M, CrossEntropy, SGD, Batch<128>, Lanes<float, 2>>;
    using LargeOnRank = Trainer<M, CrossEntropy, SGD, Batch<128>, Lanes<float, 2>, LocalRanks::Rank>;
    const auto alone = trained<Large>(fit);
    for (const int ranks : {2, 3, 4}) BOOST_TEST(same_on_ranks<LargeOnRank>(ranks, alone, fit));
    using InGroups = Trainer<M, CrossEntropy, SGD, Batch<128>, Lanes<float, 2>, Groups<8>>;
    using InGroupsOnRank = Trainer<M, CrossEntropy, SGD, Batch<128>, Lanes<float, 2>, LocalRanks::Rank, Groups<8>>;
    BOOST_TEST(same_on_ranks<InGroupsOnRank>(3, trained<InGroups>(fit), fit));
}

BOOST_AUTO_TEST_CASE(samples_that_an_epoch_leaves_out_are_a_warning) {
    for (const int first : {37, 101}) {
        std::FILE* const warnings = std::tmpfile();
        M model{Seed{1}};
        const auto trainer = std::make_unique<Alone>(model, SGD{});
        const Sharded train(*trainer, 4,
                            [&](int shard) { return laws::striped_images<In>(shard == 0 ? first : in_shard, 3, 1); });
        trainer->fit(train, {.epochs = 1, .warnings = warnings});
        char text[200] = "";
        std::rewind(warnings);
        if (std::fgets(text, sizeof text, warnings) == nullptr) text[0] = 0;
        std::fclose(warnings);
        BOOST_TEST(text == std::string(first == 37
                                           ? ""
                                           : "kiln: warning: an epoch takes 128 of 212 samples, for it takes as "
                                             "many from all pools of shards as from the smallest; try shards of "
                                             "equal size\n"));
    }
}

BOOST_AUTO_TEST_CASE(epochs_of_fit_have_orders_of_their_own) {
    const auto fit = [](int epochs_before) {
        return [=](auto& trainer) {
            const Sharded train(trainer, 4, shard_of_images);
            for (int i = 0; i < epochs_before; ++i) trainer.begin_epoch();
            trainer.fit(train, {.epochs = 1});
        };
    };
    BOOST_TEST((trained<Alone>(fit(0)) != trained<Alone>(fit(1))));
}

BOOST_AUTO_TEST_CASE(shards_of_another_trainer_are_refused) {
    for (const std::string& error : errors_of(2, [](auto&trainer, int) {
             const Sharded train(trainer, 4, shard_of_images);
             M model{Seed{1}};
             const auto alone = std::make_unique<Training<Threads<2>>>(model, SGD{});
             alone->fit(train, {.epochs = 1});
         }))
        BOOST_TEST(error == "kiln: fit needs the shards that its own passes read, got Sharded of another trainer; try "
                            "Sharded{trainer, …} of this one");
}

BOOST_AUTO_TEST_CASE(one_shard_in_its_own_order_trains_as_the_data_set_itself) {
    const auto whole = [](int) { return laws::striped_images<In>(96, 3, 1); };
    const auto plain = [&](auto& trainer) { trainer.fit(whole(0), {.epochs = 2, .shuffle = false}); };
    const auto sharded = [&](auto& trainer) {
        trainer.fit(Sharded(trainer, 1, whole), {.epochs = 2, .shuffle = false});
    };
    BOOST_TEST((trained<Alone>(plain) == trained<Alone>(sharded)));
}

BOOST_AUTO_TEST_CASE(pools_are_shuffled_apart) {
    M model{Seed{1}};
    const auto trainer = std::make_unique<Alone>(model, SGD{});
    const Sharded train(*trainer, 4, shard_of_images);
    const auto order = train.order(32, true, 11);
    int equal = 0;
    for (int place = 0; place < order.size(); ++place)
        if (place % 32 < 8) equal += order(place) == order(place + 8) - in_shard;
    BOOST_TEST(equal < 16);
}

BOOST_AUTO_TEST_CASE(ranks_with_other_data_in_fit_are_named) {
    for (const std::string& error : errors_of(2, [](auto&trainer, int rank) {
             M model{Seed{1}};
             const auto alone = std::make_unique<Alone>(model, SGD{});
             const Sharded train(*alone, 4, [&](int shard) { return shard_of_images(shard + rank); });
             trainer.fit(train, {.epochs = 1});
         }))
        BOOST_TEST(error.find("the same content of the data set") != std::string::npos, error);
}

// The second of two rounds has the samples of both ranks behind those of the first.
BOOST_AUTO_TEST_CASE(a_step_of_several_rounds_fails_by_its_first_pass) {
    using Deep = Model<Sequential<Linear<2, 2>, ReLU, Linear<2, 2>>, Shape<2>>;
    using Vectors = Dataset<Shape<2>, float>;
    std::vector<Tensor<float, Shape<2>>> inputs(64);
    for (auto& input : inputs) input = {{0.5f, 0.5f}};
    const auto bad = [&](int sample, float value) { inputs[static_cast<std::size_t>(sample)] = {{value, value}}; };
    bad(20, 3e38f);  // pass 10: the first layer fails
    bad(40, 2e37f);  // pass 20: the last layer fails
    const Vectors data(inputs, std::vector<int>(64));
    const auto message = [&]<class... R>(R&... rank) -> std::string {
        Deep model{Seed{1}};
        for (const auto& slice : tensors<float>(model.parameters()))
            for (float& w : slice) w = 4.0f;
        const auto trainer =
            std::make_unique<Trainer<Deep, CrossEntropy, SGD, Batch<64>, Lanes<float, 2>, R...>>(rank..., model, SGD{});
        try {
            trainer->fit(data, {.epochs = 1, .shuffle = false, .warnings = nullptr});
        } catch (const std::exception& error) {
            return error.what();
        }
        return "";
    };
    const std::string expected = message();
    BOOST_TEST(expected.find("layer 1, ReLU") != std::string::npos, expected);
    LocalRanks group(2);
    std::vector<std::string> errors(2);
    group.run([&](LocalRanks::Rank& rank) { errors[static_cast<std::size_t>(rank.rank())] = message(rank); });
    for (const std::string& error : errors) BOOST_TEST(error == expected);
}
