// SPDX-License-Identifier: BSL-1.0
// flags(GNU): -O2
#define BOOST_TEST_MODULE train.threads
#include <kiln/layers/bidirectional.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <thread>
#include <tuple>
#include <type_traits>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

// Convolutions with and without pooling behind them, and matrices with whole packs and a remainder.
using In = Shape<2, 9, 9>;
using Net = Model<Sequential<Conv<2, 5, 3, 1, 1>, ReLU, Conv<5, 6, 4>, Pool<2>, Tanh, Sequential<Linear<54, 37>, ReLU>,
                             Linear<37, 4>>,
                  In>;
using Lane = Lanes<float, 4>;
constexpr int batch = 26;  // seven passes, the last one of two samples

template <class... Options>
using Training = Trainer<Net, CrossEntropy, SGD, Batch<batch>, Options...>;

struct Trained {
    Net model;
    Net::Parameters gradients;
    float loss;
};
/// Two epochs, whose last batches are short: of 9 samples, three passes.
template <class... Options>
std::unique_ptr<Trained> trained() {
    const auto images = striped_images<In>(87, 4, 1);
    auto result = std::make_unique<Trained>(Trained{.model = Net{Seed{2}}, .gradients = {}, .loss = 0});
    const auto trainer = std::make_unique<Training<Lane, Options...>>(
        result->model, SGD{.learning_rate = 0.05f, .momentum = 0.9f}, CrossEntropy{}, Seed{3});
    result->loss = trainer->fit(images, {.epochs = 2}).loss;
    result->gradients = trainer->gradients();
    return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(run_gives_every_thread_its_number_once) {
    Threads<3> threads;
    std::array<std::atomic<int>, 3> calls{};
    std::array<std::thread::id, 3> ids{};
    for (int round = 0; round < 20'000; ++round)
        threads.run([&](int thread) {
            ++calls[static_cast<std::size_t>(thread)];
            ids[static_cast<std::size_t>(thread)] = std::this_thread::get_id();
        });
    for (const auto& count : calls) BOOST_TEST(count == 20'000);
    BOOST_TEST((ids[0] == std::this_thread::get_id()));
    BOOST_TEST((std::set<std::thread::id>(ids.begin(), ids.end()).size() == 3));
}

BOOST_AUTO_TEST_CASE(what_a_task_wrote_is_there_when_run_returns) {
    Threads<2> threads;
    std::vector<int> plain(1000);
    long long sum = 0;
    for (int round = 1; round <= 1000; ++round) {
        threads.run([&](int thread) {
            for (std::size_t i = static_cast<std::size_t>(thread); i < plain.size(); i += 2) plain[i] = round;
        });
        for (const int value : plain) sum += value == round;
    }
    BOOST_TEST(sum == 1000 * 1000);
}

BOOST_AUTO_TEST_CASE(workers_that_fell_asleep_wake_up) {
    Threads<2> threads;
    std::atomic<int> calls{0};
    for (int round = 0; round < 3; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        threads.run([&](int thread) {
            if (thread == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20 * (round % 2)));
            if (thread == 1) std::this_thread::sleep_for(std::chrono::milliseconds(20 * ((round + 1) % 2)));
            ++calls;
        });
    }
    BOOST_TEST(calls == 6);
}

BOOST_AUTO_TEST_CASE(threads_that_never_ran_end) {
    for (int i = 0; i < 20; ++i) Threads<4> threads;
    constexpr bool alone_is_constant = [] {
        int calls = 0;
        Threads<1> alone;
        alone.run([&](int thread) { calls += 1 + thread; });
        return calls == 1;
    }();
    static_assert(alone_is_constant && std::is_empty_v<Threads<1>>);
}

BOOST_AUTO_TEST_CASE(training_gives_the_same_bits_on_any_number_of_threads) {
    const auto alone = trained<>();
    const auto check = [&](const Trained& other) {
        BOOST_TEST(same_record(other.model.parameters(), alone->model.parameters()));
        BOOST_TEST(same_record(other.gradients, alone->gradients));
        BOOST_TEST(other.loss == alone->loss);
    };
    BOOST_TEST(!same_record(alone->model.parameters(), Net{Seed{2}}.parameters()));
    check(*trained<Threads<1>>());
    check(*trained<Threads<2>>());
    check(*trained<Threads<3>>());  // the passes of a batch do not divide by three, nor fill two rounds
    check(*trained<Threads<7>>());
}

BOOST_AUTO_TEST_CASE(prediction_gives_the_same_bits_on_any_number_of_threads) {
    const Net model{Seed{4}};
    for (const int count : {0, 1, 5, 3 * native_lanes, 200}) {
        const Samples<In> samples(count, 4, 5);
        std::vector<Tensor<float, Net::Output>> alone(samples.inputs.size()), shared(samples.inputs.size());
        for (auto& output : shared) output[0] = 1e9f;  // places that nobody writes show
        model.predict(samples.inputs, alone);
        Threads<3> threads;
        model.predict(samples.inputs, shared, threads);
        BOOST_TEST((alone == shared));
    }
}

BOOST_AUTO_TEST_CASE(options_of_a_trainer_come_in_any_order) {
    using Default = Training<>;
    static_assert(Default::threads == 1 && Training<Threads<2>>::threads == 2);
    static_assert(std::is_same_v<Training<Threads<2>>::Element, Default::Element>);
    static_assert(std::is_same_v<Training<Threads<2>, Lane>::Element, Lane> &&
                  Training<Lane, Threads<2>>::threads == 2);
    static_assert(Training<Lane>::micro_batches == 7);
    static_assert(Training<Lane, Threads<2>>::workspace_bytes == 2 * Training<Lane>::workspace_bytes);
    // One thread needs no more memory than before there were others.
    static_assert(sizeof(Training<Lane>) <
                  static_cast<std::size_t>(Training<Lane>::workspace_bytes) + 2 * sizeof(Net::Parameters) + 256);
}

// One sample a pass: each weight gets one product of a pass, which must not be fused with its addition.
BOOST_AUTO_TEST_CASE(passes_of_one_sample_give_the_same_bits_on_any_number_of_threads) {
    const Samples<In> samples(9, 4, 6);
    const auto train = [&]<class... Options>(std::type_identity<std::tuple<Options...>>) {
        auto model = std::make_unique<Net>(Seed{2});
        const auto trainer = std::make_unique<Trainer<Net, CrossEntropy, SGD, Batch<9>, float, Options...>>(
            *model, SGD{.learning_rate = 0.05f});
        for (int step = 0; step < 3; ++step) trainer->step(samples.inputs, samples.labels);
        return model;
    };
    const auto alone = train(std::type_identity<std::tuple<>>{});
    for (const auto& other :
         {train(std::type_identity<std::tuple<Threads<2>>>{}), train(std::type_identity<std::tuple<Threads<3>>>{})})
        BOOST_TEST(same_record(other->parameters(), alone->parameters()));
}

using Passes = std::tuple<float, Lanes<float, 2>, Lanes<float, native_lanes>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(recurrent_layers_give_the_same_bits_on_any_number_of_threads, E, Passes) {
    using Frames = Shape<6, 3>;
    using Recurrent = Model<Sequential<Bidirectional<GRU<3, 5>>, LSTM<10, 7>, Last, Linear<7, 4>>, Frames>;
    const Samples<Frames> samples(7 * native_lanes + 2, 4, 6);  // the last pass is short
    const auto train = [&]<class... Options>(std::type_identity<std::tuple<Options...>>) {
        auto model = std::make_unique<Recurrent>(Seed{2});
        const auto trainer =
            std::make_unique<Trainer<Recurrent, CrossEntropy, SGD, Batch<7 * native_lanes + 2>, E, Options...>>(
                *model, SGD{.learning_rate = 0.05f});
        for (int step = 0; step < 3; ++step) trainer->step(samples.inputs, samples.labels);
        return model;
    };
    const auto alone = train(std::type_identity<std::tuple<>>{});
    BOOST_TEST(!same_record(alone->parameters(), Recurrent{Seed{2}}.parameters()));
    BOOST_TEST(same_record(train(std::type_identity<std::tuple<Threads<2>>>{})->parameters(), alone->parameters()));
    BOOST_TEST(same_record(train(std::type_identity<std::tuple<Threads<3>>>{})->parameters(), alone->parameters()));
    BOOST_TEST(same_record(train(std::type_identity<std::tuple<Threads<7>>>{})->parameters(), alone->parameters()));
}
