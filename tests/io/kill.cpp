// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.kill
// A program that is killed while it saves, at 200 random moments: the files that it leaves can always be read, and each
// is one that it wrote.
#include <kiln/core/random.hpp>
#include <kiln/io/checkpoint.hpp>
#include <kiln/io/safetensors.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"
#include "laws/networks.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>

using namespace kiln;
using files::Folder;

namespace {

// About 100 kB and 400 kB: several writes each.
using Net = Model<Sequential<Linear<100, 200>, Tanh, Linear<200, 10>>, Shape<100>>;
using Training = Trainer<Net, CrossEntropy, Adam, Batch<8>, float>;

struct Program {
    Net model{Seed{1}}, best;
    Training trainer{model, Adam{}};
};

// Every number of the model and of the best model tells which of the savings it belongs to.
void number(Program& program, int i) {
    for (Net* model : {&program.model, &program.best})
        for (const auto& slice : tensors<float>(model->parameters()))
            for (float& value : slice) value = static_cast<float>(i);
}
// The saving that all numbers of a model belong to; -1 if they differ.
int number_of(const Net& model) {
    const float first = *tensors<const float>(model.parameters())[0].data;
    for (const auto& slice : tensors<const float>(model.parameters()))
        for (const float value : slice)
            if (value != first) return -1;
    return static_cast<int>(first);
}

[[noreturn]] void save_for_ever(Program& program, const std::string& model, const std::string& checkpoint) {
    for (int i = 1;; ++i) {
        number(program, i);
        const Epoch epoch{.number = i, .best = i, .best_loss = 1};
        if (!io::save_safetensors(program.model, model) ||
            !io::save_checkpoint(program.trainer, checkpoint, epoch, &program.best))
            _exit(1);
    }
}

void sleep_for(long microseconds) {
    const std::timespec time{microseconds / 1'000'000, microseconds % 1'000'000 * 1000};
    nanosleep(&time, nullptr);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_kill_at_any_moment_leaves_a_whole_file) {
    const Folder folder;
    const std::string model = folder.file("model"), checkpoint = folder.file("checkpoint");
    const auto program = std::make_unique<Program>();
    number(*program, 0);
    const auto start = std::chrono::steady_clock::now();
    io::save_safetensors(program->model, model).or_throw();
    io::save_checkpoint(program->trainer, checkpoint, {}, &program->best).or_throw();
    // A child lives for up to six times as long as it takes to save both, with sanitizers too.
    const auto both = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
    const int longest = static_cast<int>(std::clamp<long long>(6 * both.count(), 29'000, 900'000));
    Random random{Seed{3}};
    int broken = 0, mixed = 0, strays = 0, renewed = 0;
    for (int kill_number = 0; kill_number < 200; ++kill_number) {
        const pid_t child = fork();
        BOOST_REQUIRE(child >= 0);
        if (child == 0) save_for_ever(*program, model, checkpoint);
        sleep_for(1000 + random.below(longest));
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        BOOST_REQUIRE(WIFSIGNALED(status));  // nothing that it wrote failed

        Program found;
        Epoch epoch;
        Net alone;
        broken +=
            !io::load_safetensors(alone, model) + !io::load_checkpoint(found.trainer, checkpoint, &epoch, &found.best);
        mixed +=
            number_of(alone) < 0 || number_of(found.model) != epoch.number || number_of(found.best) != epoch.number;
        renewed += epoch.number > 0;
        // The last program's unfinished file may be left for each of the two files, and no other.
        const std::ptrdiff_t parts = folder.entries() - 2;
        strays = parts > strays ? static_cast<int>(parts) : strays;
        BOOST_REQUIRE(parts <= 2);
        // Two programs have not left two of one.
        for (const std::string& file : {model, checkpoint})
            BOOST_REQUIRE(!std::filesystem::exists(file + ".kiln-part1"));
    }
    BOOST_TEST(broken == 0);
    BOOST_TEST(mixed == 0);
    BOOST_TEST(strays > 0);     // some were hit while they wrote
    BOOST_TEST(renewed > 100);  // and many had written before
    // The next program that saves uses up the files that the killed programs left.
    io::save_safetensors(program->model, model).or_throw();
    io::save_checkpoint(program->trainer, checkpoint).or_throw();
    BOOST_TEST(folder.entries() == 2);
}
