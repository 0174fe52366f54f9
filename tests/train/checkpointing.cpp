// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.checkpointing
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/checkpointing.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <csignal>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int classes = 3;
using In = Shape<1, 3, 4>;
using Net = Model<Sequential<Linear<12, 8>, Tanh, Linear<8, classes>>, In>;
using Training = Trainer<Net, CrossEntropy, SGD, Batch<16>>;
const data::Dataset<In> images = striped_images<In>(64, classes, 1);

/// Writes down the calls that it gets, and has an epoch to go on from.
struct Notebook {
    Epoch after{};
    std::vector<Epoch> kept{};
    std::vector<const void*> bests{};
    const void *of_trainer = nullptr, *of_best = nullptr;

    Checkpointing checkpointing() {
        return {[](void* context, const void* trainer, void* best) {
                    auto& self = *static_cast<Notebook*>(context);
                    self.of_trainer = trainer;
                    self.of_best = best;
                    return self.after;
                },
                [](void* context, const Epoch& epoch, const void* best, std::FILE*) {
                    auto& self = *static_cast<Notebook*>(context);
                    self.kept.push_back(epoch);
                    self.bests.push_back(best);
                },
                this};
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(checkpointing_gets_every_whole_epoch_after_its_callbacks) {
    Net model{Seed{1}}, best;
    Training trainer{model, SGD{.learning_rate = 0.1f}};
    Notebook notebook;
    std::size_t before = 0;
    auto count = [&](const Epoch&) { before += notebook.kept.size(); };
    trainer.fit(images, images, {.epochs = 3, .callbacks = {callback(count)}, .checkpoints = notebook.checkpointing()}, best);
    BOOST_TEST(notebook.of_trainer == &trainer);
    BOOST_TEST(notebook.of_best == &best);
    BOOST_REQUIRE(notebook.kept.size() == 3u);
    BOOST_TEST(before == 0u + 1u + 2u);
    for (int i = 0; i < 3; ++i) {
        const Epoch& epoch = notebook.kept[static_cast<std::size_t>(i)];
        BOOST_TEST(epoch.number == i + 1);
        BOOST_TEST(epoch.validation_loss == epoch.best_loss);
        BOOST_TEST(notebook.bests[static_cast<std::size_t>(i)] == &best);
    }
    Notebook other;
    trainer.fit(images, images, {.checkpoints = other.checkpointing()});
    BOOST_TEST(other.of_best == nullptr);
    BOOST_TEST(other.bests.front() == nullptr);
}

BOOST_AUTO_TEST_CASE(an_epoch_that_is_cut_short_is_not_kept_and_one_cut_at_its_end_is) {
    for (const int samples : {16, 64}) {
        Net model{Seed{1}};
        Training trainer{model, SGD{.learning_rate = 0.1f}};
        Notebook notebook;
        int at = samples;
        const Progress press{[](void* context, const Epoch& epoch) {
                                 // The last call of the first epoch, or one in the second.
                                 const int wanted = *static_cast<int*>(context);
                                 if (epoch.number == (wanted == 64 ? 1 : 2) &&
                                     epoch.samples == (wanted == 64 ? 48 : 16))
                                     std::raise(SIGINT);
                             },
                             &at};
        const Epoch last = trainer.fit(
            images, {.epochs = 9, .progress = press, .checkpoints = notebook.checkpointing(), .stop_on_interrupt = true});
        BOOST_TEST((last.ending == Ending::interrupt));
        BOOST_TEST(last.finished() == (samples == 64));
        BOOST_REQUIRE(notebook.kept.size() == 1u);
        BOOST_TEST(notebook.kept[0].number == 1);
    }
}

BOOST_AUTO_TEST_CASE(numbers_patience_and_the_best_go_on_after_the_epoch_that_was_kept) {
    Net model{Seed{1}}, best{Seed{2}};
    const Net kept = best;
    Training trainer{model, SGD{.learning_rate = 0}};
    // No loss is lower than the one that is kept.
    Notebook notebook{.after = {.number = 7, .best = 5, .best_loss = 0}};
    const Epoch last =
        trainer.fit(images, images, {.epochs = 20, .patience = 4, .checkpoints = notebook.checkpointing()}, best);
    BOOST_REQUIRE(notebook.kept.size() == 2u);
    BOOST_TEST(notebook.kept[0].number == 8);
    BOOST_TEST(last.number == 9);
    BOOST_TEST(last.best == 5);
    BOOST_TEST((last.ending == Ending::no_progress));
    BOOST_TEST(same_record(model.parameters(), kept.parameters()));
}

BOOST_AUTO_TEST_CASE(a_training_that_was_over_stays_so) {
    const auto ending = [](const Epoch& after, int patience) {
        Net model{Seed{1}};
        Training trainer{model, SGD{.learning_rate = 0.1f}};
        Notebook notebook{.after = after};
        const Epoch last = trainer.fit(images, {.epochs = 9, .patience = patience, .checkpoints = notebook.checkpointing()});
        BOOST_TEST(trainer.steps() == 0);
        BOOST_TEST(notebook.kept.empty());
        BOOST_TEST(last.number == after.number);
        BOOST_TEST(last.epochs == 9);
        return last.ending;
    };
    BOOST_TEST((ending({.number = 9, .best = 9}, 0) == Ending::all_epochs));
    BOOST_TEST((ending({.number = 12, .best = 2}, 0) == Ending::all_epochs));
    BOOST_TEST((ending({.number = 6, .best = 3}, 3) == Ending::no_progress));
}
