// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.checkpoints
#include <kiln/data/augment.hpp>
#include <kiln/data/loader.hpp>
#include <kiln/io/checkpoints.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/losses.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/optimizers/rmsprop.hpp>
#include <kiln/optimizers/schedule.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/history.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"
#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace kiln;
using namespace kiln::laws;
using files::Folder;
using io::CheckpointOptions;
using io::Checkpoints;
using io::load_checkpoint;

namespace {

constexpr int classes = 3;
using In = Shape<1, 4, 4>;
using Dense = Model<Sequential<Linear<16, 12>, Tanh, Dropout<0.2>, Linear<12, classes>>, In>;
using Convolved = Model<Sequential<Conv<1, 4, 3>, BatchNorm<4>, ReLU, Dropout<0.2>, Linear<16, classes>>, In>;

/// Everything that a program makes anew when it is started.
template <class T>
struct Program {
    typename T::Model model, best;
    T trainer;

    Program(const auto& optimizer, const auto& loss, Seed seed)
        : model(seed),
          best(Seed{seed.value + 1}),
          trainer(model, optimizer, loss, Seed{seed.value + 2}) {}
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    // Everything that makes up a training, bit for bit.
    std::string contents(bool with_best) const {
        std::string text;
        const auto add = [&](const auto& record) {
            for (const auto& slice : tensors<const float>(record))
                text.append(reinterpret_cast<const char*>(slice.data),
                            sizeof(float) * static_cast<std::size_t>(slice.count));
        };
        add(model.parameters());
        add(model.state());
        if (with_best) add(best.parameters());
        trainer.remember([&](const auto& part, auto...) {
            if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(part)>>)
                text += io::exact_text(part) + ' ';
            else
                add(part);
        });
        return text;
    }
};

// An epoch without the time that it took.
std::string in_words(const Epoch& epoch) {
    std::string text = std::to_string(epoch.number) + '/' + std::to_string(epoch.epochs) + ' ' +
                       std::to_string(epoch.samples) + '/' + std::to_string(epoch.of_samples) + " best " +
                       std::to_string(epoch.best) + " ending " + std::to_string(static_cast<int>(epoch.ending));
    for (const float figure :
         {epoch.loss, epoch.accuracy, epoch.error, epoch.validation_loss, epoch.validation_accuracy,
          epoch.validation_error, epoch.learning_rate, epoch.best_loss, epoch.best_accuracy, epoch.best_error})
        text += ' ' + io::exact_text(figure);
    return text;
}

/// Ctrl-C in the middle of an epoch.
struct Press {
    int in_epoch;
    static void show(void* context, const Epoch& epoch) {
        if (epoch.number == static_cast<Press*>(context)->in_epoch && epoch.samples == 32) std::raise(SIGINT);
    }
};

/// Trains from beginning to end; then once for each epoch, interrupted in the middle of it, and to the end by another
/// program. `make(seed)` gives a new program, `fit(program, options)` trains it.
void require_same_when_resumed(int epochs, int patience, bool with_best, auto make, auto fit) {
    const auto straight = make(1);
    History told;
    const Epoch last = fit(*straight, {.epochs = epochs, .callbacks = {callback(told)}, .patience = patience});
    const std::string expected = straight->contents(with_best);
    const int done = last.number;
    BOOST_REQUIRE(static_cast<int>(told.epochs.size()) == done);
    for (int cut = 1; cut <= done; ++cut) {
        const Folder folder;
        const std::string path = folder.file("run");
        {
            const auto first = make(1);
            Checkpoints checkpoints{first->trainer, path};
            Press press{cut};
            const Epoch at = fit(*first, {.epochs = epochs,
                                          .progress = {&Press::show, &press},
                                          .patience = patience,
                                          .checkpoints = checkpoints,
                                          .stop_on_interrupt = true});
            BOOST_REQUIRE((at.ending == Ending::interrupt && at.number == cut && !at.finished()));
        }
        // Another program, with other starting values and another seed.
        const auto second = make(100 + cut);
        Checkpoints checkpoints{second->trainer, path, {.resume = true}};
        History rest;
        if (cut == 1) {  // no epoch was whole: a new training, and no file to go on from
            BOOST_TEST(!std::filesystem::exists(checkpoints.last_file()));
            continue;
        }
        const Epoch end =
            fit(*second,
                {.epochs = epochs, .callbacks = {callback(rest)}, .patience = patience, .checkpoints = checkpoints});
        BOOST_TEST(in_words(end) == in_words(last));
        BOOST_TEST((second->contents(with_best) == expected), "cut in epoch " << cut);
        BOOST_REQUIRE(static_cast<int>(rest.epochs.size()) == done - cut + 1);
        for (std::size_t i = 0; i < rest.epochs.size(); ++i)
            BOOST_TEST(in_words(rest.epochs[i]) == in_words(told.epochs[i + static_cast<std::size_t>(cut) - 1]));
        // Once more, when there is nothing left to do.
        const auto third = make(200);
        Checkpoints again{third->trainer, path, {.resume = true}};
        const Epoch nothing = fit(*third, {.epochs = epochs, .patience = patience, .checkpoints = again});
        BOOST_TEST(in_words(nothing) == in_words(last));
        BOOST_TEST((third->contents(with_best) == expected));
    }
}

const data::Dataset<In> train = striped_images<In>(75, classes, 1), validation = striped_images<In>(40, classes, 2);

template <class T>
auto maker(const auto& optimizer, const auto&... loss) {
    return [=](int seed) {
        if constexpr (sizeof...(loss) > 0)
            return std::make_unique<Program<T>>(optimizer, loss..., Seed{std::uint64_t(seed)});
        else
            return std::make_unique<Program<T>>(optimizer, CrossEntropy{}, Seed{std::uint64_t(seed)});
    };
}

}  // namespace

BOOST_AUTO_TEST_CASE(momentum_shuffling_batch_norm_and_dropout_go_on) {
    using T = Trainer<Convolved, CrossEntropy, SGD, Batch<16>>;
    require_same_when_resumed(
        5, 0, false, maker<T>(SGD{.learning_rate = 0.05f, .momentum = 0.9f, .nesterov = true}),
        [](auto& program, const FitOptions& options) { return program.trainer.fit(train, options); });
}

BOOST_AUTO_TEST_CASE(an_augmenting_loader_adam_a_plateau_and_the_best_model_go_on) {
    using T = Trainer<Convolved, CrossEntropy, Scheduled<Adam, ReduceOnPlateau>, Batch<16>>;
    int reduced = 0;
    require_same_when_resumed(
        9, 0, true,
        maker<T>(Scheduled{Adam{.learning_rate = 0.05f},
                           ReduceOnPlateau{.gamma = 0.5, .patience = 1, .threshold = 0.5, .cooldown = 2}}),
        [&](auto& program, const FitOptions& options) {
            data::Loader loader(train, {.batch = 16, .seed = Seed{7}},
                                data::Augment{data::Shift{.pixels = 1}, data::Noise{.sd = 0.1f}});
            const Epoch last = program.trainer.fit(loader, validation, options, program.best);
            reduced += program.trainer.optimizer().schedule.watch.factor < 1;
            return last;
        });
    BOOST_TEST(reduced > 5);  // the schedule did change something
}

BOOST_AUTO_TEST_CASE(threads_a_weighted_loss_and_one_cycle_go_on) {
    using Loss = WeightedCrossEntropy<classes>;
    using T = Trainer<Dense, Loss, Scheduled<SGD, OneCycle>, Batch<32>, Threads<2>, Lanes<float, 4>>;
    require_same_when_resumed(
        4, 0, false,
        maker<T>(Scheduled{SGD{.learning_rate = 0.2f, .momentum = 0.8f}, OneCycle{.steps = 12}},
                 Loss{.class_weights = {1, 2, 0.5f}}),
        [](auto& program, const FitOptions& options) { return program.trainer.fit(train, validation, options); });
}

BOOST_AUTO_TEST_CASE(clipping_cosine_and_two_plateaus_go_on) {
    using O = ClipByNorm<Scheduled<Scheduled<Scheduled<RMSProp, Cosine>, ReduceOnPlateau>, ReduceOnPlateau>>;
    using T = Trainer<Dense, CrossEntropy, O, Batch<16>>;
    const RMSProp inner{.learning_rate = 0.01f, .momentum = 0.5f, .centered = true};
    const ReduceOnPlateau often{.gamma = 0.7, .patience = 0, .threshold = 0.5},
        seldom{.gamma = 0.5, .patience = 1, .threshold = 0.5};
    require_same_when_resumed(
        5, 0, false, maker<T>(O{{{{inner, Cosine{.steps = 20, .warm_up = 3}}, often}, seldom}, 0.5f}),
        [](auto& program, const FitOptions& options) { return program.trainer.fit(train, validation, options); });
}

// Labels of the validation set contradict those of training, so that its loss soon rises.
BOOST_AUTO_TEST_CASE(patience_goes_on_and_the_best_model_comes_out_of_the_file) {
    using T = Trainer<Dense, CrossEntropy, SGD, Batch<16>>;
    const auto wrong = laws::contradicting(train, 50, classes);
    Epoch last;
    require_same_when_resumed(50, 4, true, maker<T>(SGD{.learning_rate = 0.1f, .momentum = 0.9f}),
                              [&](auto& program, const FitOptions& options) {
                                  return last = program.trainer.fit(train, wrong, options, program.best);
                              });
    BOOST_TEST((last.ending == Ending::no_progress));
    BOOST_TEST(last.best == 1);
    BOOST_TEST(last.number == 5);
}

namespace {

// Two inputs and two outputs; a shared block with statistics and Dropout within; statistics that two branches share.
using Inputs = Shapes<In, Shape<2>>;
using Branched = Model<
    Graph<Input<"image">, Input<"extra">, Node<"stem", Linear<16, 6>, "image">, Node<"norm", BatchNorm<6>, "stem">,
          Node<"block", Residual<Linear<6, 6>, BatchNorm<6>, Tanh, Dropout<0.2>>, "norm">,
          Node<"again", Shared<"block">, "block">, Node<"more", Linear<2, 6>, "extra">,
          Node<"more norm", Shared<"norm">, "more">, Node<"both", Multiply<>, "again", "more norm">,
          Node<"class", Linear<6, classes>, "both">, Node<"sum", Linear<6, 1>, "both">, Output<"class", "sum">>,
    Inputs>;
using BranchedTargets = SeveralTargets<int, Tensor<float, Shape<1>>>;

// Striped images and two numbers; the sum depends on both.
data::Dataset<Inputs, float, BranchedTargets> branched_samples(const data::Dataset<In>& images) {
    Random random{Seed{11}};
    std::vector<Tensor<float, Inputs>> inputs;
    std::vector<BranchedTargets> targets;
    for (int i = 0; i < images.size(); ++i) {
        const Tensor<float, Shape<2>> extra{random.normal(), random.normal()};
        inputs.emplace_back(images.image(i), extra);
        targets.push_back({images.label(i), {images.image(i)[5] + extra[0] + extra[1]}});
    }
    return {inputs, targets};
}

}  // namespace

BOOST_AUTO_TEST_CASE(shared_layers_statistics_of_branches_and_several_losses_go_on) {
    using Loss = Losses<CrossEntropy, MeanSquaredError>;
    using T = Trainer<Branched, Loss, Adam, Batch<16>, Lanes<float, 4>, Threads<2>>;
    const auto branched = branched_samples(train), judged = branched_samples(validation);
    require_same_when_resumed(
        4, 0, true, maker<T>(Adam{.learning_rate = 0.02f}, Loss{CrossEntropy{}, Weighted{MeanSquaredError{}, 0.25f}}),
        [&](auto& program, const FitOptions& options) {
            return program.trainer.fit(branched, judged, options, program.best);
        });
}

namespace {
using Plain = Trainer<Dense, CrossEntropy, Adam, Batch<16>>;
auto plain(int seed) { return maker<Plain>(Adam{.learning_rate = 0.01f})(seed); }

std::string thrown(auto&& action) {
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "nothing";
}

/// The text written to a stream.
struct Written {
    std::FILE* file = std::tmpfile();
    ~Written() { std::fclose(file); }
    Written() = default;
    Written(const Written&) = delete;
    Written& operator=(const Written&) = delete;
    std::string text() const {
        std::rewind(file);
        std::string all;
        for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) all += static_cast<char>(c);
        return all;
    }
};
}  // namespace

BOOST_AUTO_TEST_CASE(files_are_those_that_were_asked_for) {
    const auto files = [](const CheckpointOptions& options) {
        const Folder folder;
        const auto program = plain(1);
        Checkpoints checkpoints{program->trainer, folder.file("run"), options};
        program->trainer.fit(train, {.epochs = 5, .checkpoints = checkpoints});
        std::string names;
        for (const char* name : {"run.best", "run.epoch-0002", "run.epoch-0004", "run.last"})
            if (std::filesystem::exists(folder.file(name + std::string(".safetensors"))))
                names += name + 4, names += ' ';
        BOOST_TEST(folder.entries() == std::count(names.begin(), names.end(), ' '));
        return names;
    };
    BOOST_TEST(files({}) == "last ");
    BOOST_TEST(files({.every = 2, .best = true}) == "best epoch-0002 epoch-0004 last ");
    BOOST_TEST(files({.every = 4, .last = false}) == "epoch-0004 ");
    BOOST_TEST(files({.last = false}) == "");
    const auto program = plain(1);
    const Checkpoints checkpoints{program->trainer, "x"};
    BOOST_TEST(checkpoints.file_of(12345) == "x.epoch-12345.safetensors");
}

BOOST_AUTO_TEST_CASE(the_best_file_is_the_best_model_and_any_checkpoint_can_be_gone_on_from) {
    const Folder folder;
    const auto straight = plain(1);
    Checkpoints checkpoints{straight->trainer, folder.file("run"), {.every = 1, .best = true}};
    const Epoch last =
        straight->trainer.fit(train, validation, {.epochs = 6, .checkpoints = checkpoints}, straight->best);
    Dense best;
    io::load_safetensors(best, checkpoints.best_file()).or_throw();
    BOOST_TEST(same_record(best.parameters(), straight->best.parameters()));
    BOOST_TEST(static_cast<bool>(checkpoints.status()));

    const auto other = plain(50);
    Checkpoints from{other->trainer, folder.file("other"), {.best = true, .from = checkpoints.file_of(3)}};
    const Epoch again = other->trainer.fit(train, validation, {.epochs = 6, .checkpoints = from}, other->best);
    BOOST_TEST(in_words(again) == in_words(last));
    BOOST_TEST((other->contents(true) == straight->contents(true)));
    io::load_safetensors(best, from.best_file()).or_throw();
    BOOST_TEST(same_record(best.parameters(), straight->best.parameters()));
    // The program's own file is further than the file that it began with, also after several starts.
    const auto once = plain(60), more = plain(61);
    Checkpoints begun{once->trainer, folder.file("on"), {.resume = true, .from = checkpoints.file_of(3)}};
    BOOST_TEST(once->trainer.fit(train, validation, {.epochs = 5, .checkpoints = begun}, once->best).number == 5);
    replace_file(checkpoints.file_of(3), "rubbish").or_throw();
    Checkpoints resumed{more->trainer, folder.file("on"), {.resume = true, .from = checkpoints.file_of(3)}};
    more->trainer.fit(train, validation, {.epochs = 6, .checkpoints = resumed}, more->best);
    BOOST_TEST((more->contents(true) == straight->contents(true)));
    // Further than the first time.
    const auto longer = plain(60);
    Checkpoints on{longer->trainer, folder.file("run"), {.resume = true}};
    BOOST_TEST(longer->trainer.fit(train, validation, {.epochs = 8, .checkpoints = on}, longer->best).number == 8);
}

BOOST_AUTO_TEST_CASE(another_call_of_fit_goes_on_from_the_first) {
    const Folder folder;
    const auto first = plain(1), second = plain(2);
    Checkpoints checkpoints{first->trainer, folder.file("run"), {.best = true}};
    first->trainer.fit(train, {.epochs = 1, .checkpoints = checkpoints});
    const Epoch last = first->trainer.fit(train, {.epochs = 1, .checkpoints = checkpoints});
    BOOST_TEST(last.number == 1);
    BOOST_TEST(first->trainer.steps() == 10);
    load_checkpoint(second->trainer, checkpoints.last_file()).or_throw();
    BOOST_TEST((second->contents(false) == first->contents(false)));
    // Epochs are counted anew, and the best of them with them.
    Dense best;
    io::load_safetensors(best, checkpoints.best_file()).or_throw();
    BOOST_TEST(last.best == 1);
    BOOST_TEST(same_record(best.parameters(), first->model.parameters()));
}

BOOST_AUTO_TEST_CASE(what_is_resumed_is_one_call_of_fit) {
    const Folder folder;
    const auto run = plain(1);
    Checkpoints checkpoints{run->trainer, folder.file("run"), {.resume = true}};
    run->trainer.fit(train, {.epochs = 1, .checkpoints = checkpoints});
    BOOST_CHECK_THROW(run->trainer.fit(train, {.epochs = 1, .checkpoints = checkpoints}), std::invalid_argument);
    BOOST_TEST(run->trainer.steps() == 5);
}

BOOST_AUTO_TEST_CASE(a_training_that_a_callback_has_ended_is_over) {
    const Folder folder;
    struct Third {
        bool operator()(const Epoch& epoch) const { return epoch.number >= 3; }
    };
    for (int start = 0; start < 2; ++start) {
        const auto run = plain(1);
        Third third;
        Checkpoints checkpoints{run->trainer, folder.file("run"), {.resume = true}};
        const Epoch last =
            run->trainer.fit(train, {.epochs = 9, .callbacks = {callback(third)}, .checkpoints = checkpoints});
        BOOST_TEST(last.number == 3);
        BOOST_TEST((last.ending == Ending::callback));
        BOOST_TEST(run->trainer.steps() == 15);
    }
}

BOOST_AUTO_TEST_CASE(a_training_that_cannot_go_on_is_an_error_before_the_first_step) {
    const Folder folder;
    const auto program = plain(1);
    const std::string before = program->contents(true);
    const auto refused = [&](const std::string& path, const CheckpointOptions& options) {
        Checkpoints checkpoints{program->trainer, path, options};
        return thrown([&] { program->trainer.fit(train, validation, {.checkpoints = checkpoints}, program->best); });
    };
    const std::string path = folder.file("run"), last = path + ".last.safetensors";
    replace_file(last, "rubbish").or_throw();
    BOOST_TEST(refused(path, {.resume = true}) ==
               "kiln: " + last + ": expected a safetensors file, found 7 bytes; is it truncated?");
    BOOST_TEST(refused(path, {.from = folder.file("none")}) ==
               "kiln: " + folder.file("none") + ": cannot be opened: No such file or directory");
    BOOST_TEST(refused(folder.file("missing/run"), {}) ==
               "kiln: " + folder.file("missing/run.kiln-trial") +
                   ": cannot be written: No such file or directory; is its folder there?");
    // A training that kept no best model.
    const auto other = plain(2);
    Checkpoints checkpoints{other->trainer, path};
    other->trainer.fit(train, {.checkpoints = checkpoints});
    BOOST_TEST(refused(path, {.resume = true}) ==
               "kiln: " + last +
                   ": expected a checkpoint with the best model, found one without; try fit without a best model");
    BOOST_TEST((program->contents(true) == before));
    BOOST_TEST(folder.entries() == 1);
    BOOST_TEST(refused(path, {.last = false, .resume = true}) ==
               "kiln: checkpoints with .resume need .last, the file that fit goes on from, got .last = false; try "
               ".last = true");
    BOOST_TEST(thrown([&] { program->trainer.fit(train, validation, {}, program->model); }) ==
               "kiln: fit needs a second model for the best, got its own model; try another model of that type");
    // Without a best model in fit, the file's best model is ignored.
    BOOST_TEST(thrown([&] { program->trainer.fit(train, {.checkpoints = checkpoints}); }) ==
               "kiln: fit needs checkpoints of its own trainer, got those of another; try Checkpoints{trainer, path}");
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_of_once_an_epoch_and_costs_no_training) {
    const Folder folder;
    const auto straight = plain(1), program = plain(1);
    straight->trainer.fit(train, {.epochs = 6});
    Checkpoints checkpoints{program->trainer, folder.file("run"), {.every = 1, .best = true}};
    const Written warnings;
    std::unique_ptr<files::SmallDisk> disk;
    bool failed = false;
    auto fill = [&](const Epoch& epoch) {
        if (epoch.number == 3) disk = std::make_unique<files::SmallDisk>(500);
        if (epoch.number == 5) failed = !checkpoints.status(), disk = nullptr;
    };
    const Epoch last = program->trainer.fit(
        train, {.epochs = 6, .callbacks = {callback(fill)}, .checkpoints = checkpoints, .warnings = warnings.file});
    BOOST_TEST(last.number == 6);
    BOOST_TEST((program->contents(false) == straight->contents(false)));
    const std::string warning = "kiln: warning: " + checkpoints.best_file() +
                                ": cannot be written: File too large; the file is as it was, training goes on\n";
    BOOST_TEST(warnings.text() == warning + warning);  // of epochs 3 and 4
    BOOST_TEST(failed);
    BOOST_TEST(static_cast<bool>(checkpoints.status()));
    BOOST_TEST(folder.entries() == 6);  // best, last, epochs 1, 2, 5 and 6
    const auto other = plain(7);
    Epoch epoch;
    load_checkpoint(other->trainer, checkpoints.last_file(), &epoch).or_throw();
    BOOST_TEST(epoch.number == 6);
    BOOST_TEST((other->contents(false) == straight->contents(false)));
}

BOOST_AUTO_TEST_CASE(a_file_that_could_not_be_written_is_the_old_one) {
    const Folder folder;
    const auto program = plain(1);
    Checkpoints checkpoints{program->trainer, folder.file("run"), {.best = true}};
    std::unique_ptr<files::SmallDisk> disk;
    std::string at_two;
    auto fill = [&](const Epoch& epoch) {
        if (epoch.number == 2) at_two = program->contents(false);
        if (epoch.number == 3) disk = std::make_unique<files::SmallDisk>(500);
    };
    program->trainer.fit(train,
                         {.epochs = 4, .callbacks = {callback(fill)}, .checkpoints = checkpoints, .warnings = nullptr});
    disk = nullptr;
    BOOST_TEST(!checkpoints.status());
    BOOST_TEST(folder.entries() == 2);
    const auto other = plain(7);
    Epoch epoch;
    load_checkpoint(other->trainer, checkpoints.last_file(), &epoch).or_throw();
    BOOST_TEST(epoch.number == 2);
    BOOST_TEST((other->contents(false) == at_two));
}

// Once the disk has room again, the best model still exists if fit keeps it.
BOOST_AUTO_TEST_CASE(a_best_model_that_could_not_be_written_is_written_later) {
    const Folder folder;
    const auto program = plain(1);
    Checkpoints checkpoints{program->trainer, folder.file("run"), {.best = true}};
    std::unique_ptr<files::SmallDisk> disk = std::make_unique<files::SmallDisk>(500);
    auto spoil = [&](const Epoch& epoch) {
        if (epoch.number == 1) program->trainer.optimizer().learning_rate = 5;  // from bad to worse
        if (epoch.number == 2) disk = nullptr;
    };
    const Epoch last = program->trainer.fit(
        train, validation,
        {.epochs = 3, .callbacks = {callback(spoil)}, .checkpoints = checkpoints, .warnings = nullptr}, program->best);
    BOOST_TEST(last.best == 1);
    Dense best;
    io::load_safetensors(best, checkpoints.best_file()).or_throw();
    BOOST_TEST(same_record(best.parameters(), program->best.parameters()));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_read_only_is_an_error_before_the_first_step) {
    if (geteuid() == 0) return;  // nothing is protected from root
    const Folder folder;
    const auto program = plain(1);
    Checkpoints checkpoints{program->trainer, folder.file("run")};
    std::filesystem::permissions(folder.path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    const std::string text = thrown([&] { program->trainer.fit(train, {.checkpoints = checkpoints}); });
    std::filesystem::permissions(folder.path, std::filesystem::perms::owner_all);
    BOOST_TEST(text == "kiln: " + folder.file("run.kiln-trial") + ": cannot be written: Permission denied");
    BOOST_TEST(program->trainer.steps() == 0);
}
