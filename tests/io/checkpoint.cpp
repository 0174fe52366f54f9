// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.checkpoint
#include <kiln/io/checkpoint.hpp>
#include <kiln/io/detail/checksum.hpp>
#include <kiln/io/safetensors.hpp>
#include <kiln/layers/attention.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/position.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/optimizers/adagrad.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/schedule.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"
#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <cstring>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

using namespace kiln;
using namespace kiln::laws;
using files::Folder;
using io::load_checkpoint;
using io::save_checkpoint;

namespace {

using In = Shape<1, 3, 4>;
template <class Net, class O>
using Training = Trainer<Model<Net, In>, CrossEntropy, O, Batch<16>>;
using Net = Sequential<Linear<12, 5>, BatchNorm<5>, Tanh, Linear<5, 3, Bias::none>>;
using OfSequences = Sequential<Reshape<6, 2>, Conv1d<2, 4, 3, 1, 1>, Position<6, 4>, CausalAttention<2>,
                               Each<Linear<4, 5>>, GRU<5, 4>, Last, Linear<4, 3>>;
using Plateau = Scheduled<Adam, ReduceOnPlateau>;

constexpr Epoch seventh{.number = 7,
                        .samples = 60,
                        .of_samples = 61,
                        .loss = 0.1f,
                        .error = 0.8f,
                        .validation_loss = 0.7f,
                        .validation_error = 0.9f,
                        .learning_rate = 1e-3f,
                        .seconds = 0.3,
                        .best = 4,
                        .best_loss = 0.2f,
                        .best_accuracy = 0.4f,
                        .best_error = 0.6f};

/// A model and its trainer, after some epochs.
template <class Net, class O>
struct Run {
    Model<Net, In> model;
    Training<Net, O> trainer;
    explicit Run(int epochs, std::uint64_t seed = 1) : model(Seed{seed}), trainer(model, O{}, {}, Seed{seed + 1}) {
        if (epochs > 0) trainer.fit(striped_images<In>(50, 3, 4), {.epochs = epochs});
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    // Everything that a checkpoint must hold, as text.
    std::string contents() const {
        std::string text;
        const auto add = [&](const auto& record) {
            for (const auto& slice : tensors<const float>(record))
                text.append(reinterpret_cast<const char*>(slice.data), sizeof(float) * std::size_t(slice.count));
        };
        add(model.parameters());
        add(model.state());
        trainer.remember([&](const auto& part, auto... names) {
            if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(part)>>)
                ((text += names), ...), text += io::exact_text(part);
            else
                add(part);
        });
        return text;
    }
};

std::string read(const std::string& path) {
    std::string text;
    io::read_file(path, text).or_throw();
    return text;
}
// Without waiting for the disk.
void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

/// The message of load_checkpoint about a file; it must have changed nothing.
template <class Net, class O>
std::string refusal(const std::string& path) {
    Run<Net, O> run(2, 20);
    Epoch epoch = seventh;
    Model<Net, In> best{Seed{3}};
    const Model<Net, In> before = best;
    const std::string contents = run.contents();
    const Result result = load_checkpoint(run.trainer, path, &epoch, &best);
    if (result) return "loaded";
    BOOST_TEST((run.contents() == contents));
    BOOST_TEST(same_record(best.parameters(), before.parameters()));
    BOOST_TEST(epoch.number == 7);
    std::string message = result.message();
    const std::string expected = "kiln: " + path + ": ";
    BOOST_TEST(message.starts_with(expected), message);
    return message.substr(expected.size());
}

/// The text of a checkpoint in which something is replaced, and the checksum made right.
std::string with(std::string text, const std::string& old_part, const std::string& new_part) {
    const std::size_t at = text.find(old_part);
    BOOST_REQUIRE(at != text.npos);
    text.replace(at, old_part.size(), new_part);
    std::uint64_t length = 0;
    std::memcpy(&length, text.data(), 8);
    length = length + new_part.size() - old_part.size();
    std::memcpy(text.data(), &length, 8);
    io::seal(text);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_trainer_becomes_what_it_was) {
    const Folder folder;
    const std::string path = folder.file("a");
    const Run<Net, Plateau> before(3);
    const Model<Net, In> best{Seed{5}};
    save_checkpoint(before.trainer, path, seventh, &best).or_throw();

    Run<Net, Plateau> after(1, 30);
    BOOST_TEST((before.contents() != after.contents()));
    Epoch epoch;
    Model<Net, In> best_again;
    load_checkpoint(after.trainer, path, &epoch, &best_again).or_throw();
    BOOST_TEST((before.contents() == after.contents()));
    BOOST_TEST(after.trainer.steps() == 12);
    BOOST_TEST(same_record(best.parameters(), best_again.parameters()));
    BOOST_TEST(epoch.number == 7);
    BOOST_TEST(epoch.samples == 60);
    BOOST_TEST(epoch.of_samples == 61);
    BOOST_TEST(epoch.loss == 0.1f);
    BOOST_TEST(epoch.accuracy != epoch.accuracy);
    BOOST_TEST(epoch.validation_loss == 0.7f);
    BOOST_TEST(epoch.learning_rate == 1e-3f);
    BOOST_TEST(epoch.seconds == 0.3);
    BOOST_TEST(epoch.best == 4);
    BOOST_TEST(epoch.best_loss == 0.2f);
    BOOST_TEST(epoch.error == 0.8f);
    BOOST_TEST(epoch.validation_error == 0.9f);
    BOOST_TEST(epoch.best_accuracy == 0.4f);
    BOOST_TEST(epoch.best_error == 0.6f);
}

BOOST_AUTO_TEST_CASE(every_byte_is_the_same_when_it_is_saved_again) {
    const Folder folder;
    const Run<Net, Plateau> before(3);
    save_checkpoint(before.trainer, folder.file("a"), seventh).or_throw();
    Run<Net, Plateau> after(0, 30);
    Epoch epoch;
    load_checkpoint(after.trainer, folder.file("a"), &epoch).or_throw();
    save_checkpoint(after.trainer, folder.file("b"), epoch).or_throw();
    BOOST_TEST((read(folder.file("a")) == read(folder.file("b"))));
}

// Steps taken by hand need no fit.
using EachKind = std::tuple<Net, OfSequences>;
BOOST_AUTO_TEST_CASE_TEMPLATE(steps_after_it_are_those_without_it, Net, EachKind) {
    const Folder folder;
    const Samples<In> samples(16, 3, 6);
    const auto step = [&](auto& run) { return run.trainer.step(samples.first_inputs(16), samples.first_labels(16)); };
    Run<Net, Adam> straight(0), first(0), second(0, 40);
    for (int i = 0; i < 5; ++i) step(straight);
    for (int i = 0; i < 3; ++i) step(first);
    save_checkpoint(first.trainer, folder.file("a")).or_throw();
    load_checkpoint(second.trainer, folder.file("a")).or_throw();
    for (int i = 0; i < 2; ++i) step(second);
    BOOST_TEST((straight.contents() == second.contents()));
}

BOOST_AUTO_TEST_CASE(a_model_is_read_from_it_alone) {
    const Folder folder;
    const Run<Net, Adam> run(2);
    const Model<Net, In> best{Seed{5}};
    save_checkpoint(run.trainer, folder.file("a"), seventh, &best).or_throw();
    Model<Net, In> model;
    io::load_safetensors(model, folder.file("a"), {.others_allowed = true}).or_throw();
    BOOST_TEST(same_record(model.parameters(), run.model.parameters()));
    BOOST_TEST(same_record(model.state(), run.model.state()));
    // Never by mistake.
    BOOST_TEST(!io::load_safetensors(model, folder.file("a")));
}

BOOST_AUTO_TEST_CASE(a_best_model_may_be_left_in_the_file_but_not_be_missing) {
    const Folder folder;
    const Run<Net, Adam> run(2);
    const Model<Net, In> best{Seed{5}};
    save_checkpoint(run.trainer, folder.file("with"), seventh, &best).or_throw();
    save_checkpoint(run.trainer, folder.file("without"), seventh).or_throw();
    Run<Net, Adam> other(0, 30);
    load_checkpoint(other.trainer, folder.file("with")).or_throw();
    BOOST_TEST((other.contents() == run.contents()));
    BOOST_TEST((refusal<Net, Adam>(folder.file("without"))) ==
               "expected a checkpoint with the best model, found one without; try fit without a best model");
}

BOOST_AUTO_TEST_CASE(a_file_of_something_else_is_refused) {
    const Folder folder;
    const std::string path = folder.file("a");
    const Run<Net, Plateau> run(1);
    BOOST_TEST((refusal<Net, Adam>(path)) == "cannot be opened: No such file or directory");
    io::save_safetensors(run.model, path).or_throw();
    BOOST_TEST((refusal<Net, Adam>(path)) == "expected a checkpoint, found a file without a note \"kiln.checkpoint\"; "
                                             "is it a model alone? try load_safetensors");

    save_checkpoint(run.trainer, path).or_throw();
    // Another network, larger or of other layers.
    BOOST_TEST((refusal<Sequential<Linear<12, 6>, BatchNorm<6>, Tanh, Linear<6, 3>>, Plateau>(path)) ==
               "tensor \"0.weight\": expected shape (6, 12), found (5, 12)");
    BOOST_TEST((refusal<Sequential<Linear<12, 5>, Tanh, Linear<5, 3>>, Plateau>(path)) ==
               "tensor \"2.weight\": expected this tensor, found none of that name; the nearest is \"0.weight\"");
    // Another optimizer: other memory, no memory, other moments, more of them, fewer.
    BOOST_TEST((refusal<Net, Adam>(path)) ==
               "note \"optimizer.schedule.factor\": expected no note of that name, found one; "
               "was the file written by another optimizer?");
    BOOST_TEST(
        (refusal<Net, Scheduled<Plateau, ReduceOnPlateau>>(path)) ==
        "note \"optimizer.optimizer.schedule.factor\": expected this note, found none of that name; the nearest is "
        "\"optimizer.schedule.factor\"");
    BOOST_TEST(
        (refusal<Net, Scheduled<SGD, ReduceOnPlateau>>(path)) ==
        "tensor \"optimizer.momentum_buffer.0.weight\": expected this tensor, found none of that name; the nearest is "
        "\"optimizer.exp_avg.0.weight\"");
    save_checkpoint(Run<Net, Adagrad>(1).trainer, path).or_throw();
    BOOST_TEST(
        (refusal<Net, SGD>(path)) ==
        "tensor \"optimizer.momentum_buffer.0.weight\": expected this tensor, found none of that name; the nearest is "
        "\"optimizer.sum.0.weight\"");
}

BOOST_AUTO_TEST_CASE(a_note_that_says_no_such_number_is_refused) {
    const Folder folder;
    const std::string path = folder.file("a");
    const Run<Net, Plateau> run(1);
    save_checkpoint(run.trainer, path, seventh).or_throw();
    const std::string text = read(path);
    const auto refused = [&](const char* old_part, const char* new_part) {
        write(path, with(text, old_part, new_part));
        Run<Net, Plateau> other(1, 9);
        const std::string contents = other.contents();
        const Result result = load_checkpoint(other.trainer, path);
        if (result) return std::string("loaded");
        BOOST_TEST((other.contents() == contents));
        return result.message().substr(path.size() + 8);
    };
    BOOST_TEST(refused("\"4\"", "\"4\"") == "loaded");
    BOOST_TEST(refused("\"kiln.checkpoint\":\"1\"", "\"kiln.checkpoint\":\"2\"") ==
               "note \"kiln.checkpoint\": expected \"1\", found \"2\"");
    BOOST_TEST(refused("\"steps\":\"4\"", "\"steps\":\"-4\"") ==
               "note \"steps\": expected an integer from 0 to 9223372036854775806, found \"-4\"");
    BOOST_TEST(refused("\"steps\":\"4\"", "\"steps\":\"4.0\"") ==
               "note \"steps\": expected an integer from 0 to 9223372036854775806, found \"4.0\"");
    BOOST_TEST(refused("\"steps\":\"4\",", "") ==
               "note \"steps\": expected this note, found none of that name; the nearest is \"seed\"");
    BOOST_TEST(refused("\"steps\":\"4\"", "\"steps\":\"4\",\"steps\":\"5\"") ==
               "\"steps\": expected once, found twice");
    BOOST_TEST(refused("\"steps\":\"4\"", "\"steps\":\"4\",\"stops\":\"4\"") ==
               "note \"stops\": expected no note of that name, found one; was the file written by another optimizer?");
    BOOST_TEST(refused("\"optimizer.schedule.bad\":\"0\"", "\"optimizer.schedule.bad\":\"2147483648\"") ==
               "note \"optimizer.schedule.bad\": expected an integer from 0 to 2147483646, found \"2147483648\"");
    BOOST_TEST(refused("\"optimizer.schedule.factor\":\"1\"", "\"optimizer.schedule.factor\":\"one\"") ==
               "note \"optimizer.schedule.factor\": expected a number such as \"0.5\", found \"one\"");
    BOOST_TEST(refused("\"epoch.best\":\"4\"", "\"epoch.best\":\"8\"") ==
               "note \"epoch.best\": expected at most the 7 of \"epoch.number\", found 8");
    BOOST_TEST(refused("\"epoch.best_loss\":\"0.2\"", "\"epoch.best_loss\":\"nan\"") ==
               "note \"epoch.best_loss\": expected the loss of epoch 4, found \"nan\"");
    BOOST_TEST(refused("\"best\":\"0\"", "\"best\":\"1\"") ==
               "tensor \"best.0.weight\": expected this tensor, found none of that name; the nearest is \"0.weight\"");
}

// A bit more or less in a parameter is as well-formed as the right one.
BOOST_AUTO_TEST_CASE(no_damage_passes) {
    const Folder folder;
    const std::string path = folder.file("a");
    using Small = Sequential<Linear<12, 3>>;
    save_checkpoint(Run<Small, SGD>(1).trainer, path, seventh).or_throw();
    const std::string text = read(path);
    Run<Small, SGD> other(1, 9);
    const std::string contents = other.contents();
    int passed = 0, silent = 0;
    const auto attempt = [&](const std::string& damaged) {
        write(path, damaged);
        const Result result = load_checkpoint(other.trainer, path);
        passed += static_cast<bool>(result);
        silent += !result.message().starts_with("kiln: " + path + ": ");
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string damaged = text;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
        attempt(damaged);
    }
    for (std::size_t size = 0; size < text.size(); size += size < 20 ? 1 : 13) attempt(text.substr(0, size));
    attempt(text + "x");
    BOOST_TEST(passed == 0);
    BOOST_TEST(silent == 0);
    BOOST_TEST((other.contents() == contents));
    // The message names the damaged part.
    std::string damaged = text;
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    write(path, damaged);
    const std::string message = load_checkpoint(other.trainer, path).message();
    BOOST_TEST(message.ends_with("; is the file damaged?"), message);
    write(path, text);
    BOOST_TEST(static_cast<bool>(load_checkpoint(other.trainer, path)));
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_old_file) {
    const Folder folder;
    const std::string path = folder.file("a");
    const Run<Net, Adam> old(1), recent(2);
    save_checkpoint(old.trainer, path).or_throw();
    {
        const files::SmallDisk disk(1000);
        BOOST_TEST(save_checkpoint(recent.trainer, path).message() ==
                   "kiln: " + path + ": cannot be written: File too large");
    }
    BOOST_TEST(folder.entries() == 1);
    Run<Net, Adam> other(0, 9);
    load_checkpoint(other.trainer, path).or_throw();
    BOOST_TEST((other.contents() == old.contents()));
}

namespace {
/// Remembers a count, and another one by the same name.
template <bool Twice>
struct Forgetful : SGD {
    int first = 1, second = Twice ? 2 : -2;
    constexpr void remember(auto visit) {
        visit(first, "count");
        visit(second, Twice ? "count" : "debt");
    }
};
/// Has two moments of one name.
struct Confused : Adam {
    static constexpr const char* moment_name(int) { return "average"; }
};
/// Has moments without a name.
struct Nameless {
    static constexpr int moments = 2;
    struct Rule {
        void operator()(auto& w, const auto& g, auto& m, auto& n) const { w = w - (m = n = g); }
    };
    Rule at(long long) const { return {}; }
};
}  // namespace

BOOST_AUTO_TEST_CASE(what_could_not_be_read_is_not_written) {
    const Folder folder;
    const std::string path = folder.file("a");
    BOOST_TEST(save_checkpoint(Run<Net, Forgetful<true>>(0).trainer, path).message() ==
               "kiln: " + path + ": \"optimizer.count\": expected once, found twice");
    BOOST_TEST(save_checkpoint(Run<Net, Forgetful<false>>(0).trainer, path).message() ==
               "kiln: " + path + ": note \"optimizer.debt\": expected an integer from 0 to 2147483646, found \"-2\"");
    BOOST_TEST(save_checkpoint(Run<Net, Confused>(0).trainer, path).message() ==
               "kiln: " + path + ": \"optimizer.average.0.bias\": expected once, found twice");
    BOOST_TEST(folder.entries() == 0);
}

BOOST_AUTO_TEST_CASE(moments_of_an_own_optimizer_need_no_name) {
    const Folder folder;
    const std::string path = folder.file("a");
    const Run<Net, Nameless> run(1);
    save_checkpoint(run.trainer, path).or_throw();
    BOOST_TEST(read(path).find("\"optimizer.moment.1.0.weight\"") != std::string::npos);
    Run<Net, Nameless> other(0);
    load_checkpoint(other.trainer, path).or_throw();
    BOOST_TEST((other.contents() == run.contents()));
}
