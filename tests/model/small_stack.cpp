// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE model.small_stack
// Programs whose stacks are as small as the default plan allows for: main functions and threads of 512 KiB, as macOS
// gives to threads, and workers of 128 KiB, as musl does.
#include <kiln/data/dataset.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <vector>

using namespace kiln;

namespace {

// Sanitizers make frames several times as large, which says nothing about the plan.
#if defined __SANITIZE_ADDRESS__
constexpr bool sanitized = true;
#elif defined __has_feature
#if __has_feature(address_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

// One sample works in 305 kB.
using In = Shape<1, 72, 72>;
using Maps = Model<Sequential<Conv<1, 8, 3>, Tanh, Conv<8, 8, 3>, Tanh, Linear<8 * 68 * 68, 3>>, In>;
static_assert(sizeof(Maps::Scratch<float>) > 300'000 && sizeof(Maps::Scratch<float>) <= Plan<>::stack_bytes);

// A vector of samples would work in 0.75 to 0.8 MB.
using Broad = Shape<1, 16, 56 * 16 / native_lanes>;
using BroadMaps =
    Model<Sequential<Conv<1, 8, 3>, Tanh, Conv<8, 8, 3>, Tanh, Linear<8 * 12 * (Broad::extents[2] - 4), 3>>, Broad>;
using Vector = kiln::detail::InferenceWork<BroadMaps::Body, Lanes<float, native_lanes>, Broad>;
static_assert(sizeof(Vector) > 700'000 && sizeof(Vector) < 1 << 20);

struct Program {
    Maps model{Seed{1}};
    BroadMaps broad{Seed{1}};
    Trainer<Maps, CrossEntropy, SGD, Batch<4>, Threads<2>, float> trainer{model, SGD{.learning_rate = 0.001f}};
    data::Dataset<In, float> samples{std::vector<Tensor<float, In>>(5), {0, 1, 2, 0, 1}};
    data::Dataset<Broad, float> broad_samples{std::vector<Tensor<float, Broad>>(20), std::vector<int>(20)};
    std::vector<Tensor<float, In>> in = std::vector<Tensor<float, In>>(5);
    std::vector<Tensor<float, Maps::Output>> out = std::vector<Tensor<float, Maps::Output>>(5);
    std::vector<Tensor<float, Broad>> broad_in = std::vector<Tensor<float, Broad>>(20);
    std::vector<Tensor<float, Shape<3>>> broad_out = std::vector<Tensor<float, Shape<3>>>(20);

    void predict() {
        model.predict(in, out);
        broad.predict(broad_in, broad_out);
    }
    void judge() {
        static_cast<void>(evaluate(model, samples));
        static_cast<void>(evaluate(broad, broad_samples));
    }
};

// Whether a task ends in a process whose main stack is 512 KiB, and whose threads get 128 KiB unless they ask for more.
bool ends_on_small_stacks(auto task) {
    const pid_t child = fork();
    if (child == 0) {
        const rlimit limit{512 << 10, 512 << 10};
        setrlimit(RLIMIT_STACK, &limit);
#ifdef __GLIBC__
        pthread_attr_t small;
        pthread_attr_init(&small);
        pthread_attr_setstacksize(&small, 128 << 10);
        pthread_setattr_default_np(&small);
#endif
        task();
        _exit(0);
    }
    int status = 1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// The same on a thread that somebody has made with a stack of 512 KiB.
template <class Task>
bool ends_on_a_small_thread(Task task) {
    return ends_on_small_stacks([&] {
        pthread_attr_t small;
        pthread_attr_init(&small);
        pthread_attr_setstacksize(&small, 512 << 10);
        pthread_t thread;
        const auto run = [](void* given) -> void* {
            (*static_cast<Task*>(given))();
            return nullptr;
        };
        if (pthread_create(&thread, &small, run, &task) != 0) _exit(1);
        pthread_join(thread, nullptr);
    });
}

// Writes to nearly all of a worker's stack.
[[gnu::noinline]] void fill_stack() {
    volatile char memory[Threads<3>::stack_bytes - (64 << 10)];
    for (std::size_t i = 0; i < sizeof memory; i += 4096) memory[i] = 1;
}

}  // namespace

BOOST_AUTO_TEST_CASE(everything_that_works_on_the_stack_runs_on_a_small_one) {
    if (sanitized) return;
    const auto program = std::make_unique<Program>();
    const auto predict_one = [&] { program->out[0] = program->model.predict(program->in[0]); };
    const auto predict_many = [&] { program->predict(); };
    const auto judge = [&] { program->judge(); };
    BOOST_TEST(ends_on_small_stacks(predict_one));
    BOOST_TEST(ends_on_small_stacks(predict_many));
    BOOST_TEST(ends_on_small_stacks(judge));
    BOOST_TEST(ends_on_a_small_thread(predict_one));
    BOOST_TEST(ends_on_a_small_thread(predict_many));
    BOOST_TEST(ends_on_a_small_thread(judge));
}

BOOST_AUTO_TEST_CASE(workers_have_the_stack_that_they_say) {
    if (sanitized) return;
    const auto program = std::make_unique<Program>();
    BOOST_TEST(ends_on_small_stacks([&] {
        Threads<3> threads;
        threads.run([](int thread) {
            if (thread > 0) fill_stack();  // 0 is no worker
        });
    }));
    BOOST_TEST(ends_on_small_stacks([&] {
        Threads<3> threads;
        program->model.predict(program->in, program->out, threads);
        program->broad.predict(program->broad_in, program->broad_out, threads);
    }));
}

BOOST_AUTO_TEST_CASE(a_training_on_threads_is_judged_on_a_small_stack) {
    if (sanitized) return;
    BOOST_TEST(ends_on_small_stacks([] {  // the trainer's workers start here
        const auto program = std::make_unique<Program>();
        program->trainer.fit(program->samples, program->samples, {.epochs = 1});
    }));
}
