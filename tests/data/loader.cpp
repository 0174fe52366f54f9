// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.loader
#include <kiln.hpp>

#include <boost/test/unit_test.hpp>

#include "allocations.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace kiln::data;
using kiln::Seed;
using kiln::Shape;
using kiln::Tensor;
using Map = Shape<1, 4, 5>;
using Images = Dataset<Map>;

namespace {

/// n images of random pixels; the first pixel is the image's number, the label that modulo 10.
Images numbered(int n) {
    kiln::Random random(Seed{1});
    std::vector<Tensor<std::uint8_t, Map>> samples(static_cast<std::size_t>(n));
    std::vector<int> labels;
    for (int i = 0; i < n; ++i) {
        for (std::uint8_t& pixel : samples[static_cast<std::size_t>(i)])
            pixel = static_cast<std::uint8_t>(random.below(256));
        samples[static_cast<std::size_t>(i)][0] = static_cast<std::uint8_t>(i);
        labels.push_back(i % 10);
    }
    return {std::move(samples), std::move(labels), 1};
}

/// All batches of an epoch, one after another, and their sizes.
template <class Loader>
struct Epoch {
    std::vector<Tensor<float, typename Loader::Input>> inputs;
    std::vector<typename Loader::Target> targets;
    std::vector<std::size_t> sizes;

    Epoch(Loader& loader, long long number) {
        loader.start(number);
        for (;;) {
            const auto batch = loader.next();
            if (batch.inputs.empty()) break;
            BOOST_TEST(batch.targets.size() == batch.inputs.size());
            inputs.insert(inputs.end(), batch.inputs.begin(), batch.inputs.end());
            targets.insert(targets.end(), batch.targets.begin(), batch.targets.end());
            sizes.push_back(batch.inputs.size());
        }
        BOOST_TEST(loader.next().inputs.empty());
    }
    friend bool operator==(const Epoch&, const Epoch&) = default;
};

const Augment all{Affine{.shift = 1, .degrees = 9, .scale = 0.1f}, Flip{}, Noise{}, Cutout{2}};

// Pairs of a map and a number, that of the sample; the targets are the number modulo 3 and its half.
using PairOf = kiln::Shapes<Map, Shape<1>>;
using HalfOf = kiln::SeveralTargets<int, Tensor<float, Shape<1>>>;
using Pairs = Dataset<PairOf, float, HalfOf>;
Pairs pairs(int n) {
    kiln::Random random(Seed{2});
    std::vector<Tensor<float, PairOf>> samples(static_cast<std::size_t>(n));
    std::vector<HalfOf> targets;
    for (int i = 0; i < n; ++i) {
        Tensor<float, PairOf>& sample = samples[static_cast<std::size_t>(i)];
        for (float& value : sample.get<0>()) value = random.uniform();
        sample.get<1>() = {static_cast<float>(i)};
        targets.push_back({i % 3, {0.5f * static_cast<float>(i)}});
    }
    return {std::move(samples), std::move(targets)};
}

constexpr bool with_and_without[] = {true, false};

}  // namespace

static_assert(kiln::BatchLoader<Loader<Images>>);
static_assert(kiln::BatchLoader<Loader<Dataset<Map, float, Tensor<float, Map>>>>);
static_assert(!std::is_constructible_v<Loader<Images>, Images>);  // it would dangle

BOOST_AUTO_TEST_CASE(loader_gives_every_sample_once_in_the_order_of_the_epoch) {
    const Images data = numbered(100);
    for (const bool background : with_and_without) {
        Loader loader(data, {.batch = 32, .seed = Seed{5}, .background = background});
        BOOST_TEST(loader.size() == 100);
        for (const long long number : {0, 1, 7}) {
            const Epoch epoch(loader, number);
            BOOST_TEST(epoch.sizes == (std::vector<std::size_t>{32, 32, 32, 4}), boost::test_tools::per_element());
            const kiln::Permutation order(100, kiln::hash(5, static_cast<std::uint64_t>(number)));
            for (int i = 0; i < 100; ++i) {
                const auto at = static_cast<std::size_t>(i);
                BOOST_TEST((epoch.inputs[at] == data.image(order(i))));
                BOOST_TEST(epoch.targets[at] == data.label(order(i)));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(loader_keeps_the_order_of_the_data_if_asked) {
    const Images data = numbered(10);
    Loader loader(data, {.batch = 3, .shuffle = false});
    const Epoch epoch(loader, 4);
    for (int i = 0; i < 10; ++i) BOOST_TEST((epoch.inputs[static_cast<std::size_t>(i)] == data.image(i)));
}

BOOST_AUTO_TEST_CASE(loader_takes_other_samples_in_each_epoch_if_an_epoch_has_fewer) {
    const Images data = numbered(100);
    for (const bool background : with_and_without) {
        Loader loader(data, {.batch = 16, .samples = 40, .seed = Seed{5}, .background = background});
        BOOST_TEST(loader.size() == 40);
        for (const long long number : {1, 2}) {
            const Epoch epoch(loader, number);
            BOOST_TEST(epoch.sizes == (std::vector<std::size_t>{16, 16, 8}), boost::test_tools::per_element());
            const kiln::Permutation order(100, kiln::hash(5, static_cast<std::uint64_t>(number)));
            for (int i = 0; i < 40; ++i)
                BOOST_TEST((epoch.inputs[static_cast<std::size_t>(i)] == data.image(order(i))));
        }
    }
    BOOST_TEST(Loader(data, {.samples = 101}).size() == 100);
}

BOOST_AUTO_TEST_CASE(loader_gives_windows_of_a_text_and_the_next_characters) {
    using Text = kiln::Tokens<96, 8>;
    std::vector<std::uint8_t> tokens(96);
    for (std::size_t k = 0; k < tokens.size(); ++k) tokens[k] = static_cast<std::uint8_t>(k);
    const Windows<Text> windows(tokens);
    Loader loader(windows, {.batch = 16, .samples = 32});
    static_assert(std::is_same_v<decltype(loader)::Target, Tensor<int, Shape<8>>>);
    const Epoch epoch(loader, 1);
    BOOST_TEST(epoch.sizes == (std::vector<std::size_t>{16, 16}), boost::test_tools::per_element());
    for (std::size_t i = 0; i < 32; ++i)
        for (int k = 0; k < 8; ++k) {
            BOOST_TEST(epoch.inputs[i][k] == epoch.inputs[i][0] + static_cast<float>(k));
            BOOST_TEST(epoch.targets[i][k] == static_cast<int>(epoch.inputs[i][k]) + 1);
        }
}

BOOST_AUTO_TEST_CASE(loader_gives_the_same_bits_with_and_without_a_thread) {
    const Images data = numbered(200);
    Loader background(data, {.batch = 16, .seed = Seed{2}}, all);
    Loader foreground(data, {.batch = 16, .seed = Seed{2}, .background = false}, all);
    for (long long number = 0; number < 20; ++number)
        BOOST_TEST((Epoch(background, number).inputs == Epoch(foreground, number).inputs));
    BOOST_TEST(!(Epoch(background, 0).inputs == Epoch(background, 1).inputs));
}

BOOST_AUTO_TEST_CASE(loader_augments_by_seed_epoch_and_number_not_by_place) {
    const Images data = numbered(50);
    Loader large(data, {.batch = 50, .shuffle = false}, all), small(data, {.batch = 7}, all);
    const Epoch in_order(large, 3), shuffled(small, 3);
    const kiln::Permutation order(50, kiln::hash(0, 3));
    for (int i = 0; i < 50; ++i)
        BOOST_TEST(
            (shuffled.inputs[static_cast<std::size_t>(i)] == in_order.inputs[static_cast<std::size_t>(order(i))]));
}

BOOST_AUTO_TEST_CASE(loader_trains_as_its_data_set_does) {
    using Model = kiln::Model<kiln::Sequential<kiln::Linear<20, 10>>, Map>;
    const Images data = numbered(100);
    using Trainer = kiln::Trainer<Model, kiln::CrossEntropy, kiln::SGD, kiln::Batch<16>>;
    for (const bool background : with_and_without) {
        Model from_data{Seed{1}}, from_loader{Seed{1}};
        Trainer plain(from_data, {.learning_rate = 1e-3f}, {}, Seed{9});
        Trainer loaded(from_loader, {.learning_rate = 1e-3f}, {}, Seed{9});
        Loader loader(data, {.batch = 16, .seed = Seed{9}, .background = background});
        plain.fit(data, {.epochs = 2});
        loaded.fit(loader, {.epochs = 2});
        BOOST_TEST((from_data.predict(data.image(3)) == from_loader.predict(data.image(3))));
        BOOST_TEST(loaded.steps() == 14);
    }
}

BOOST_AUTO_TEST_CASE(loader_gives_tensors_as_targets) {
    using Pair = Shape<2>;
    const Dataset<Pair, float, Tensor<float, Shape<1>>> regression({{1, 2}, {3, 4}}, {{10}, {20}});
    Loader loader(regression, {.batch = 2, .shuffle = false}, Noise{.sd = 0.1f});
    const Epoch epoch(loader, 0);
    BOOST_TEST(epoch.targets[1][0] == 20.0f);
    BOOST_TEST(epoch.inputs[1][0] != 3.0f);
}

BOOST_AUTO_TEST_CASE(loader_gives_clean_samples_as_targets_of_noisy_ones) {
    const Images data = numbered(20).first(9);
    const Reconstruction same(data);
    Loader loader(same, {.batch = 4, .shuffle = false}, Noise{.sd = 0.1f});
    static_assert(std::is_same_v<decltype(loader)::Target, Tensor<float, Map>>);
    const Epoch epoch(loader, 0);
    for (int i = 0; i < 9; ++i) {
        BOOST_TEST((epoch.targets[static_cast<std::size_t>(i)] == data.image(i)));
        BOOST_TEST(!(epoch.inputs[static_cast<std::size_t>(i)] == data.image(i)));
    }
    const Dataset<Shape<1>> dark({{200}}, {0});
    const Reconstruction dark_same(dark);
    Loader scaled(dark_same, {.batch = 1});
    BOOST_TEST(Epoch(scaled, 0).targets[0][0] == 200 * dark.scale());
}

BOOST_AUTO_TEST_CASE(loader_starts_anew_in_the_middle_of_an_epoch) {
    const Images data = numbered(100);
    for (const bool background : with_and_without) {
        Loader loader(data, {.batch = 8, .background = background}, all), whole(data, {.batch = 8}, all);
        BOOST_TEST(loader.next().inputs.empty());  // not started
        for (int taken = 0; taken < 14; ++taken) {
            loader.start(1);
            for (int i = 0; i < taken; ++i) loader.next();
        }
        BOOST_TEST((Epoch(loader, 2).inputs == Epoch(whole, 2).inputs));
    }
}

BOOST_AUTO_TEST_CASE(loader_leaves_a_batch_alone_until_the_next_is_wanted) {
    const Images data = numbered(100);
    Loader loader(data, {.batch = 8}, all);
    loader.start(0);
    for (auto batch = loader.next(); !batch.inputs.empty(); batch = loader.next()) {
        const std::vector<Tensor<float, Map>> copy(batch.inputs.begin(), batch.inputs.end());
        std::this_thread::sleep_for(std::chrono::milliseconds(2));  // time to make more than there is room for
        BOOST_TEST(std::equal(copy.begin(), copy.end(), batch.inputs.begin()));
    }
}

BOOST_AUTO_TEST_CASE(loader_ends_at_once_in_the_middle_of_a_batch) {
    const Images data = numbered(100);
    const auto slow = [](auto&) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) {
        Loader loader(data, {.batch = 100}, slow);  // two seconds a batch
        if (i == 0) continue;
        loader.start(0);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        if (i == 2) loader.start(1);
    }
    BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(1)));
}

BOOST_AUTO_TEST_CASE(loader_hands_on_what_is_thrown_where_it_is_thrown) {
    const Images data = numbered(40);
    for (const bool background : with_and_without) {
        bool broken = true;
        const auto picky = [&](const Tensor<float, Map>& x) {
            if (broken && x[0] == 25) throw std::runtime_error("no 25, please");
        };
        Loader loader(data, {.batch = 10, .shuffle = false, .background = background}, picky);
        loader.start(0);
        BOOST_TEST(loader.next().inputs[0][0] == 0.0f);
        BOOST_TEST(loader.next().inputs[0][0] == 10.0f);
        for (int again = 0; again < 2; ++again)
            BOOST_CHECK_EXCEPTION(loader.next(), std::runtime_error, [](const std::runtime_error& error) {
                return error.what() == std::string("no 25, please");
            });
        broken = false;  // the worker rests after a failure
        BOOST_TEST(Epoch(loader, 0).inputs.size() == 40u);
    }
}

BOOST_AUTO_TEST_CASE(loader_allocates_at_construction_only) {
    const Images data = numbered(100);
    for (const bool background : with_and_without) {
        Loader loader(data, {.batch = 8, .background = background}, all);
        loader.start(0);
        loader.next();
        const int before = allocations;
        for (long long epoch = 0; epoch < 3; ++epoch) {
            loader.start(epoch);
            while (!loader.next().inputs.empty()) {}
        }
        BOOST_TEST(allocations == before);
    }
}

BOOST_AUTO_TEST_CASE(loader_takes_data_sets_smaller_than_a_batch) {
    const Images data = numbered(5), nothing = data.first(0);
    for (const bool background : with_and_without) {
        Loader loader(data, {.batch = 2147483647, .background = background});
        BOOST_TEST(Epoch(loader, 0).sizes == (std::vector<std::size_t>{5}), boost::test_tools::per_element());
        Loader empty(nothing, {.background = background});
        BOOST_TEST(Epoch(empty, 0).sizes.empty());
    }
}

BOOST_AUTO_TEST_CASE(loader_refuses_settings_out_of_their_range) {
    const Images data = numbered(5);
    const auto says = [](const char* words) {
        return [words](const kiln::SettingError& error) { return error.what() == std::string("kiln: ") + words; };
    };
    BOOST_CHECK_EXCEPTION(Loader(data, {.batch = 0}), kiln::SettingError, says("Loader needs batch at least 1, got 0"));
    BOOST_CHECK_EXCEPTION(Loader(data, {.samples = -1}), kiln::SettingError,
                          says("Loader needs samples at least 0, got -1"));
    BOOST_CHECK_EXCEPTION(Loader(data, {}, Augment{Flip{}, Shift{-1}}), kiln::SettingError,
                          says("Shift needs pixels at least 0, got -1"));
    BOOST_CHECK_EXCEPTION(Loader(data, {}, Affine{.scale = 1}), kiln::SettingError,
                          says("Affine needs scale at least 0 and below 1, got 1"));
    BOOST_CHECK_EXCEPTION(Loader(data, {}, Flip{50}), kiln::SettingError,
                          says("Flip needs probability from 0 to 1, got 50"));
    BOOST_CHECK_EXCEPTION(Loader(data, {}, Augment{Noise{.sd = -1}, Cutout{-1}}), kiln::SettingError,
                          says("Noise needs sd at least 0 and finite, got -1"));
}

BOOST_AUTO_TEST_CASE(loader_augments_the_inputs_that_are_named) {
    const Pairs data = pairs(50);
    const Augment both{of_input<0>(all), of_input<1>(Noise{.sd = 1})};
    std::vector<Tensor<float, PairOf>> first_alone, both_inputs;
    for (const bool background : with_and_without) {
        const LoaderOptions options{.batch = 16, .seed = Seed{9}, .background = background};
        Loader plain(data, options);
        Loader map_alone(data, options, of_input<0>(Shift{1}));
        Loader twice(data, options, both);
        const Epoch as_they_are(plain, 2);
        const Epoch shifted(map_alone, 2);
        const Epoch augmented(twice, 2);
        BOOST_TEST(shifted.sizes == (std::vector<std::size_t>{16, 16, 16, 2}), boost::test_tools::per_element());
        int changed = 0;
        for (std::size_t i = 0; i < shifted.inputs.size(); ++i) {
            const auto& before = as_they_are.inputs[i];
            const int number = static_cast<int>(before.get<1>()[0]);
            BOOST_TEST((before == data.sample(number)));
            BOOST_TEST((shifted.inputs[i].get<1>() == before.get<1>()));
            BOOST_TEST((augmented.inputs[i].get<1>() != before.get<1>()));
            changed += shifted.inputs[i].get<0>() != before.get<0>();
            BOOST_TEST(shifted.targets[i].get<0>() == number % 3);
            BOOST_TEST((shifted.targets[i].get<1>() == data.target(number).get<1>()));
        }
        BOOST_TEST(changed > 25);  // of 50; a shift by 0 has the probability 1 / 9
        if (background) {
            first_alone = shifted.inputs;
            both_inputs = augmented.inputs;
        }
        BOOST_TEST((shifted.inputs == first_alone));  // with and without the thread the same bits
        BOOST_TEST((augmented.inputs == both_inputs));
    }
    BOOST_CHECK_THROW(Loader(data, {}, of_input<0>(Shift{-1})), kiln::SettingError);
    // An augmentation of one's own may change all inputs.
    Loader own(data, {.batch = 50, .shuffle = false}, [](Tensor<float, PairOf>& x) { x.get<1>() = {x.get<0>()[3]}; });
    own.start(0);
    BOOST_TEST(own.next().inputs[7].get<1>()[0] == data.sample(7).get<0>()[3]);
}

BOOST_AUTO_TEST_CASE(a_loader_that_is_asked_for_some_inputs_makes_these) {
    const Images images = numbered(25);
    for (const bool background : {false, true}) {
        Loader loader(images, {.batch = 10, .background = background}, all);
        const Epoch whole(loader, 3);
        // The first half of each batch, also of the last, of 5 samples.
        loader.only([](const void*, int sample, int samples) { return 2 * sample < samples; }, nullptr);
        const Epoch half(loader, 3);
        BOOST_TEST((half.targets == whole.targets));
        int same = 0;
        for (std::size_t i = 0; i < whole.inputs.size(); ++i) {
            const std::size_t place = i % 10, size = i < 20 ? 10 : 5;
            if (2 * place < size) same += half.inputs[i] == whole.inputs[i];
        }
        BOOST_TEST(same == 13);
        loader.only(nullptr, nullptr);
        BOOST_TEST((Epoch(loader, 3) == whole));
    }
}
