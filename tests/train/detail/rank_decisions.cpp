// SPDX-License-Identifier: BSL-1.0
// The decisions of ranks in fit, the things that they agree on, and the rank that writes.
#define BOOST_TEST_MODULE train.detail.rank_decisions
#include <kiln/core/detail/content_hash.hpp>
#include <kiln/core/several_targets.hpp>
#include <kiln/data/loader.hpp>
#include <kiln/io/checkpoints.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/schedule.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/history.hpp>
#include <kiln/train/local_ranks.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/samples.hpp"

#include <atomic>
#include <bit>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

using In = Shape<1, 5, 5>;
using M = Model<Sequential<Conv<1, 3, 3>, BatchNorm<3>, ReLU, Dropout<0.2>, Linear<27, 3>>, In>;
template <class... Options>
using Training = Trainer<M, CrossEntropy, Scheduled<Adam, ReduceOnPlateau>, Batch<10>, Lanes<float, 2>, Options...>;
using OnRank = Training<LocalRanks::Rank>;

Scheduled<Adam, ReduceOnPlateau> optimizer() { return {Adam{.learning_rate = 0.02f}, ReduceOnPlateau{.patience = 0}}; }
const data::Dataset<In> images = striped_images<In>(47, 3, 1), others = striped_images<In>(33, 3, 2);

// The model and the trainer of one rank, or of a program that is none.
template <class T>
struct Program {
    M model{Seed{3}}, best{Seed{4}};
    T trainer;
    Epoch epoch;

    explicit Program(auto&... rank) : trainer(rank..., model, optimizer(), CrossEntropy{}, Seed{5}) {}
};
using Alone = Program<Training<>>;

bool same_figures(const Epoch& a, const Epoch& b) {
    const auto same = [](float x, float y) {
        return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
    };
    return a.number == b.number && a.samples == b.samples && a.best == b.best && a.ending == b.ending &&
           same(a.loss, b.loss) && same(a.accuracy, b.accuracy) && same(a.validation_loss, b.validation_loss) &&
           same(a.validation_accuracy, b.validation_accuracy) && same(a.best_loss, b.best_loss) &&
           same(a.learning_rate, b.learning_rate);
}
bool same_training(const auto& a, const auto& b) {
    return same_figures(a.epoch, b.epoch) && same_record(a.model.parameters(), b.model.parameters()) &&
           same_record(a.model.state(), b.model.state()) && same_record(a.best.parameters(), b.best.parameters()) &&
           a.trainer.steps() == b.trainer.steps();
}

// Whether task(program, rank) ends with the training of `alone` on each rank.
template <class T = OnRank>
bool same_on_ranks(int count, const Alone& alone, auto task) {
    std::vector<char> same(static_cast<std::size_t>(count));
    LocalRanks group(count);
    group.run([&](LocalRanks::Rank& rank) {
        const auto program = std::make_unique<Program<T>>(rank);
        task(*program, rank);
        same[static_cast<std::size_t>(rank.rank())] = same_training(*program, alone);
    });
    return same == std::vector<char>(same.size(), 1);
}

// The message of the error that each of three ranks gets from task(program, rank); empty for none.
std::vector<std::string> errors_of(auto task) {
    std::vector<std::string> errors(3);
    LocalRanks group(3);
    group.run([&](LocalRanks::Rank& rank) {
        std::string& error = errors[static_cast<std::size_t>(rank.rank())];
        try {
            const auto program = std::make_unique<Program<OnRank>>(rank);
            try {
                task(*program, rank);
            } catch (const RankError& thrown) {
                error = std::string("RankError: ") + thrown.what();
            } catch (const TrainingError& thrown) {
                error = std::string("TrainingError: ") + thrown.what();
            } catch (const FileError& thrown) {
                error = std::string("FileError: ") + thrown.what();
            }
        } catch (const std::exception& thrown) {
            error = thrown.what();
        }
    });
    return errors;
}
std::string error_alone(auto task) {
    try {
        Alone alone;
        task(alone);
    } catch (const TrainingError& error) {
        return std::string("TrainingError: ") + error.what();
    }
    return {};
}
void check_disagreement(const std::string& name, auto task) {
    for (const std::string& error : errors_of(task))
        BOOST_TEST(error.starts_with("RankError: kiln: ranks need the same " + name +
                                     ", got another than that of rank 0 on rank 1"),
                   name << ": " << error);
}

}  // namespace

BOOST_AUTO_TEST_CASE(fit_gives_the_same_bits_on_any_number_of_ranks) {
    const auto fit = [](auto& program, auto&...) {
        program.epoch = program.trainer.fit(images, others, {.epochs = 4, .patience = 3}, program.best);
    };
    const auto alone = std::make_unique<Alone>();
    fit(*alone);
    BOOST_TEST(alone->trainer.steps() > 0);
    for (const int ranks : {1, 2, 3, 4}) BOOST_TEST(same_on_ranks(ranks, *alone, fit), ranks);
    BOOST_TEST((same_on_ranks<Training<LocalRanks::Rank, Threads<2>>>(2, *alone, fit)));
}

BOOST_AUTO_TEST_CASE(fit_gives_the_same_bits_with_a_loader) {
    const auto fit = [](auto& program, auto&...) {
        data::Loader loader(images, {.batch = 10, .seed = Seed{9}}, data::Shift{.pixels = 1});
        program.epoch = program.trainer.fit(loader, {.epochs = 2});
    };
    const auto alone = std::make_unique<Alone>();
    fit(*alone);
    BOOST_TEST(same_on_ranks(3, *alone, fit));
}

namespace {
// Images that count how often they are read.
struct Counting {
    using Input = In;
    std::atomic<int>& reads;
    int size() const { return images.size(); }
    float scale() const { return images.scale(); }
    const auto& sample(int i) const {
        ++reads;
        return images.sample(i);
    }
    int target(int i) const { return images.target(i); }
};
}  // namespace

BOOST_AUTO_TEST_CASE(a_loader_makes_every_sample_on_one_rank) {
    for (const bool background : {false, true}) {
        std::atomic<int> reads{0};
        const Counting data{reads};
        LocalRanks group(3);
        group.run([&](LocalRanks::Rank& rank) {
            Program<OnRank> program(rank);
            data::Loader loader(data, {.batch = 10, .background = background});
            program.trainer.fit(loader, {.epochs = 2});
        });
        BOOST_TEST(reads == 2 * images.size());
    }
}

BOOST_AUTO_TEST_CASE(ranks_share_the_samples_of_a_failed_step_for_its_error_message) {
    std::vector<Tensor<float, In>> inputs(20);
    for (auto& input : inputs)
        for (float& pixel : input) pixel = &input == &inputs[13] ? 3e38f : 0.5f;
    const data::Dataset<In, float> spoilt(std::move(inputs), std::vector<int>(20));
    const auto fit = [&](auto& program, auto&...) {
        data::Loader loader(spoilt, {.batch = 10, .shuffle = false});
        program.trainer.fit(loader, {.epochs = 1, .warnings = nullptr});
    };
    const std::string expected = error_alone(fit);
    BOOST_TEST(expected.find("step 1 (epoch 1) changes nothing") != std::string::npos, expected);
    BOOST_TEST(expected.find("the inputs of the network reach 0.5") != std::string::npos, expected);
    for (const std::string& error : errors_of(fit)) BOOST_TEST(error == expected);
}

BOOST_AUTO_TEST_CASE(a_training_goes_on_from_a_checkpoint_on_any_number_of_ranks) {
    const std::string path = "rank_decisions_checkpoint";
    const auto alone = std::make_unique<Alone>();
    alone->epoch = alone->trainer.fit(images, others, {.epochs = 5}, alone->best);
    const auto fit = [&](int epochs, bool resume) {
        return [&, epochs, resume](auto& program, auto&... rank) {
            // Only rank 0 reaches the folder.
            const bool reaches = (... && (rank.rank() == 0));
            io::Checkpoints checkpoints{program.trainer, reaches ? path : "/no/such/folder/x", {.resume = resume}};
            program.epoch =
                program.trainer.fit(images, others, {.epochs = epochs, .checkpoints = checkpoints}, program.best);
        };
    };
    const auto begun = std::make_unique<Alone>();
    BOOST_TEST(!same_on_ranks(3, *begun, fit(2, false)));  // trains for two epochs
    BOOST_TEST(!same_on_ranks(2, *begun, fit(3, true)));
    fit(4, true)(*begun);
    BOOST_TEST(same_on_ranks(4, *alone, fit(5, true)));
    std::remove((path + ".last.safetensors").c_str());
}

BOOST_AUTO_TEST_CASE(checkpoints_that_cannot_be_written_are_an_error_on_all_ranks) {
    const auto errors = errors_of([](auto& program, auto&) {
        io::Checkpoints checkpoints{program.trainer, "/no/such/folder/x"};
        program.trainer.fit(images, {.epochs = 2, .checkpoints = checkpoints});
    });
    BOOST_TEST(errors[0].starts_with("FileError: kiln: "), errors[0]);
    for (const std::size_t rank : {1u, 2u})
        BOOST_TEST(errors[rank] ==
                   "RankError: kiln: rank 0 cannot go on: " + errors[0].substr(sizeof "FileError: " - 1));
}

BOOST_AUTO_TEST_CASE(a_callback_of_any_rank_ends_training_on_all) {
    for (int asks = 0; asks < 3; ++asks) {
        std::atomic<int> ended{0};
        LocalRanks group(3);
        group.run([&](LocalRanks::Rank& rank) {
            Program<OnRank> program(rank);
            auto stop = [&](const Epoch& epoch) { return epoch.number == 2 && rank.rank() == asks; };
            History history;
            const Epoch last =
                program.trainer.fit(images, {.epochs = 5, .callbacks = {callback(stop), callback(history)}});
            ended += last.ending == Ending::callback && last.number == 2 && history.epochs.size() == 2;
        });
        BOOST_TEST(ended == 3);
    }
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_callback_is_an_error_on_all_ranks) {
    const auto errors = errors_of([](auto& program, LocalRanks::Rank& rank) {
        auto fail = [&](const Epoch&) {
            if (rank.rank() == 1) throw TrainingError("no more paper");
        };
        program.trainer.fit(images, {.epochs = 2, .callbacks = {callback(fail)}});
    });
    BOOST_TEST(errors[0] == "RankError: kiln: rank 1 cannot go on: no more paper");
    BOOST_TEST(errors[1] == "TrainingError: no more paper");
    BOOST_TEST(errors[2] == errors[0]);
}

BOOST_AUTO_TEST_CASE(rank_0_alone_shows_progress_and_warns) {
    std::FILE* const warnings = std::tmpfile();
    std::atomic<int> shown{0}, shown_alone{0};
    const auto options = [&](std::atomic<int>& count) {
        FitOptions all;
        all.epochs = 1;
        all.progress = {[](void* context, const Epoch&) { ++*static_cast<std::atomic<int>*>(context); }, &count};
        all.warnings = warnings;
        return all;
    };
    const auto silence = [](M& model) {
        for (const auto& slice : tensors<float>(model.parameters()))
            for (float& weight : slice) weight = 0;
    };
    Alone alone;
    silence(alone.model);
    alone.trainer.fit(images, options(shown_alone));
    const long once = std::ftell(warnings);
    BOOST_TEST(once > 0);
    LocalRanks group(3);
    group.run([&](LocalRanks::Rank& rank) {
        Program<OnRank> program(rank);
        silence(program.model);
        program.trainer.fit(images, options(shown));
    });
    BOOST_TEST(shown == shown_alone);
    BOOST_TEST(std::ftell(warnings) == 2 * once);
    std::fclose(warnings);
}

BOOST_AUTO_TEST_CASE(ranks_without_a_pass_are_a_warning) {
    for (const int ranks : {5, 7}) {  // of five passes
        std::FILE* const warnings = std::tmpfile();
        LocalRanks group(ranks);
        group.run([&](LocalRanks::Rank& rank) {
            Program<OnRank> program(rank);
            program.trainer.fit(images, {.epochs = 1, .warnings = warnings});
        });
        char text[200] = "";
        std::rewind(warnings);
        if (std::fgets(text, sizeof text, warnings) == nullptr) text[0] = 0;
        std::fclose(warnings);
        BOOST_TEST(text == std::string(ranks == 5 ? ""
                                                  : "kiln: warning: 2 of 7 ranks do nothing in a step, for its "
                                                    "batch has 5 passes; try a larger Batch, or an element of "
                                                    "fewer lanes\n"));
    }
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_is_the_same_error_on_all_ranks) {
    const auto fit = [](auto& program, auto&...) {
        for (const auto& slice : tensors<float>(program.model.parameters()))
            for (float& weight : slice) weight = std::numeric_limits<float>::max();
        program.trainer.fit(images, {.epochs = 1});
    };
    const std::string expected = error_alone(fit);
    BOOST_TEST(expected.find("is not finite") != std::string::npos, expected);
    for (const std::string& error : errors_of(fit)) BOOST_TEST(error == expected);
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_training_on_all_ranks_after_the_same_step) {
    std::vector<Epoch> epochs(3);
    LocalRanks group(3);
    for (int run = 0; run < 2; ++run) {
        group.run([&](LocalRanks::Rank& rank) {
            Program<OnRank> program(rank);
            FitOptions options;
            options.epochs = 3;
            options.stop_on_interrupt = true;
            options.progress = {[](void*, const Epoch& epoch) {
                                    if (epoch.number == 2 && epoch.samples == 20) std::raise(SIGINT);
                                },
                                nullptr};
            Epoch& last = epochs[static_cast<std::size_t>(rank.rank())];
            last = program.trainer.fit(images, options);
        });
        for (const Epoch& last : epochs) {
            BOOST_TEST((last.ending == Ending::interrupt));
            BOOST_TEST(last.number == 2);
            BOOST_TEST((last.samples == 30 || last.samples == 40));
            BOOST_TEST(last.samples == epochs[0].samples);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_rank_asks_all_to_stop_in_a_loop_of_their_own) {
    const Samples<In> samples(10, 3, 1);
    std::atomic<int> right{0};
    LocalRanks group(3);
    group.run([&](LocalRanks::Rank& rank) {
        Program<OnRank> program(rank);
        const auto step = [&] { program.trainer.step(samples.inputs, samples.labels); };
        step();
        right += !program.trainer.asked_to_stop();
        if (rank.rank() == 2) program.trainer.ask_to_stop();
        step();
        right += program.trainer.asked_to_stop();
        program.trainer.ask_to_stop(false);
        right += !program.trainer.asked_to_stop();
        step();
        right += !program.trainer.asked_to_stop();
    });
    BOOST_TEST(right == 12);
}

BOOST_AUTO_TEST_CASE(a_difference_between_ranks_is_named_on_every_rank) {
    const auto on_rank_1 = [](const LocalRanks::Rank& rank) { return rank.rank() == 1; };
    check_disagreement("parameters of the model", [&](auto& program, auto& rank) {
        if (on_rank_1(rank)) ++*tensors<float>(program.model.parameters())[2].begin();
        program.trainer.fit(images);
    });
    check_disagreement("state of the model", [&](auto& program, auto& rank) {
        if (on_rank_1(rank)) ++*tensors<float>(program.model.state())[0].begin();
        program.trainer.fit(images);
    });
    check_disagreement("settings of the optimizer", [&](auto& program, auto& rank) {
        if (on_rank_1(rank)) program.trainer.optimizer().optimizer.beta2 = 0.99f;
        program.trainer.fit(images);
    });
    check_disagreement("options of fit", [&](auto& program, auto& rank) {
        program.trainer.fit(images, {.epochs = on_rank_1(rank) ? 2 : 3});
    });
    check_disagreement("size of the data set", [&](auto& program, auto& rank) {
        const auto more = striped_images<In>(48, 3, 1);
        program.trainer.fit(on_rank_1(rank) ? more : images);
    });
    check_disagreement("content of the data set", [&](auto& program, auto& rank) {
        auto pixels = std::vector<Tensor<std::uint8_t, In>>();
        std::vector<int> labels;
        for (int i = 0; i < images.size(); ++i) {
            pixels.push_back(images.sample(i));
            labels.push_back(images.target(i));
        }
        pixels[46][24] = static_cast<std::uint8_t>(pixels[46][24] ^ 1);
        const data::Dataset<In> changed(std::move(pixels), std::move(labels));
        program.trainer.fit(on_rank_1(rank) ? changed : images);
    });
    check_disagreement("content of the validation set", [&](auto& program, auto& rank) {
        const auto other = striped_images<In>(33, 3, 4);
        program.trainer.fit(images, on_rank_1(rank) ? other : others);
    });
}

BOOST_AUTO_TEST_CASE(a_difference_of_seed_loss_or_groups_is_named) {
    LocalRanks group(2);
    const auto error_of = [&](auto task) -> std::string {
        try {
            group.run(task);
        } catch (const RankError& error) {
            return error.what();
        }
        return "no error";
    };
    const auto train = [](LocalRanks::Rank& rank, const CrossEntropy& loss, Seed seed) {
        M model{Seed{3}};
        OnRank trainer{rank, model, optimizer(), loss, seed};
        trainer.fit(images);
    };
    const std::string of_seed =
        error_of([&](LocalRanks::Rank& rank) { train(rank, {}, Seed{static_cast<std::uint64_t>(rank.rank())}); });
    BOOST_TEST(of_seed.starts_with("kiln: ranks need the same seed, got another"), of_seed);
    const std::string of_loss = error_of([&](LocalRanks::Rank& rank) {
        train(rank, CrossEntropy{.label_smoothing = 0.1f * static_cast<float>(rank.rank())}, Seed{1});
    });
    BOOST_TEST(of_loss.starts_with("kiln: ranks need the same settings of the loss, got another"), of_loss);
    const std::string of_groups = error_of([](LocalRanks::Rank& rank) {
        M model{Seed{3}};
        if (rank.rank() == 0)
            OnRank{rank, model, optimizer()};
        else
            Training<LocalRanks::Rank, Groups<2>>{rank, model, optimizer()};
    });
    BOOST_TEST(of_groups.starts_with("kiln: ranks need the same groups of passes, got another"), of_groups);
}

BOOST_AUTO_TEST_CASE(a_loader_that_differs_is_named_in_the_first_step) {
    check_disagreement("targets of the batch", [](auto& program, LocalRanks::Rank& rank) {
        data::Loader loader(images, {.batch = 10, .seed = Seed{rank.rank() == 1 ? 4u : 3u}});
        program.trainer.fit(loader, {.epochs = 1});
    });
    check_disagreement("targets of the batch", [](auto& program, LocalRanks::Rank& rank) {
        Samples<In> samples(10, 3, 1);
        if (rank.rank() == 1) samples.labels[9] = (samples.labels[9] + 1) % 3;
        program.trainer.step(samples.inputs, samples.labels);
    });
}

BOOST_AUTO_TEST_CASE(targets_of_every_kind_are_compared) {
    using Values = Tensor<float, Shape<2>>;
    using Several = SeveralTargets<int, Values>;
    struct Own {
        int first, second;
    };
    const auto differ = [](const auto& a, const auto& b) {
        const auto hash_of = [](const auto& target) { return detail::ContentHash{}.add_value(target).value(); };
        return hash_of(a) == hash_of(a) && hash_of(a) != hash_of(b);
    };
    BOOST_TEST(differ(Values{1, 2}, Values{1, 3}));
    BOOST_TEST(differ(Several{1, Values{1, 2}}, Several{2, Values{1, 2}}));
    BOOST_TEST(differ(Several{1, Values{1, 2}}, Several{1, Values{1, 3}}));
    BOOST_TEST(differ(Own{1, 2}, Own{1, 3}));

    using Regression = Model<Linear<3, 2>, Shape<3>>;
    const Samples<Shape<3>> samples(4, 2, 1);
    std::atomic<int> right{0};
    LocalRanks group(2);
    group.run([&](LocalRanks::Rank& rank) {
        Regression model{Seed{1}};
        Trainer<Regression, MeanSquaredError, SGD, Batch<4>, LocalRanks::Rank> trainer{rank, model, SGD{}};
        std::vector<Values> targets(4, Values{1, 2});
        trainer.step(samples.inputs, targets);
        if (rank.rank() == 1) targets[3][1] = 3;
        try {
            trainer.step(samples.inputs, targets);
        } catch (const RankError&) {
            right += trainer.steps() == 1;
        }
    });
    BOOST_TEST(right == 2);
}

BOOST_AUTO_TEST_CASE(a_difference_that_arises_in_training_is_found_after_the_epoch) {
    check_disagreement("parameters of the model", [&](auto& program, LocalRanks::Rank& rank) {
        auto spoil = [&](const Epoch&) {
            if (rank.rank() == 1) ++*tensors<float>(program.model.parameters())[0].begin();
        };
        program.trainer.fit(images, {.epochs = 2, .callbacks = {callback(spoil)}});
    });
}
