// SPDX-License-Identifier: BSL-1.0
// flags: -O3
#define BOOST_TEST_MODULE laws.determinism
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <cstring>
#include <memory>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

using In = Shape<1, 8, 8>;
using Net = Model<Sequential<Conv<1, 4, 3>, ReLU, Pool<2>, Linear<36, 5>>, In>;
using Training = Trainer<Net, CrossEntropy, SGD, Batch<16>>;

const data::Dataset<In> images = striped_images<In>(100, 5, 1);

/// A model after training, and what its trainer did.
struct Run {
    Net model;
    std::unique_ptr<Training> trainer;
    Epoch last;

    Run(Seed of_model, Seed of_trainer, const FitOptions& options) : model(of_model) {
        trainer =
            std::make_unique<Training>(model, SGD{.learning_rate = 0.1f, .momentum = 0.9f}, CrossEntropy{}, of_trainer);
        last = trainer->fit(images, options);
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
};

bool same_bits(const Net& a, const Net& b) {
    return std::memcmp(&a.parameters(), &b.parameters(), sizeof a.parameters()) == 0;
}

/// A data set that writes down the order in which its samples are read.
struct ReadingOrder {
    using Input = In;
    mutable std::vector<int> order;
    Tensor<float, In> blank{};

    int size() const { return 40; }
    int target(int) const { return 0; }
    float scale() const { return 1; }
    const Tensor<float, In>& sample(int i) const {
        order.push_back(i);
        return blank;
    }
};

std::vector<int> order_of_epochs(Seed seed, const FitOptions& options) {
    Net model{Seed{1}};
    const auto trainer =
        std::make_unique<Trainer<Net, CrossEntropy, SGD, Batch<8>, float>>(model, SGD{}, CrossEntropy{}, seed);
    const ReadingOrder data;
    trainer->fit(data, options);
    return data.order;
}

}  // namespace

BOOST_AUTO_TEST_CASE(equal_seeds_give_equal_bits) {
    const Run a(Seed{2}, Seed{3}, {.epochs = 2}), b(Seed{2}, Seed{3}, {.epochs = 2});
    BOOST_TEST(same_bits(a.model, b.model));
    BOOST_TEST(a.last.loss == b.last.loss);
    BOOST_TEST(same_record(a.trainer->gradients(), b.trainer->gradients()));
}

BOOST_AUTO_TEST_CASE(two_fits_of_one_epoch_are_one_fit_of_two) {
    const Run a(Seed{2}, Seed{3}, {.epochs = 1}), b(Seed{2}, Seed{3}, {.epochs = 2});
    const Epoch second = a.trainer->fit(images);  // moments, steps and order go on where they were
    BOOST_TEST(same_bits(a.model, b.model));
    BOOST_TEST(second.loss == b.last.loss);
}

BOOST_AUTO_TEST_CASE(another_seed_of_the_model_gives_other_parameters) {
    BOOST_TEST(!same_bits(Net{Seed{2}}, Net{Seed{3}}));
    BOOST_TEST(!same_bits(Run(Seed{2}, Seed{3}, {}).model, Run(Seed{4}, Seed{3}, {}).model));
}

BOOST_AUTO_TEST_CASE(another_seed_of_the_trainer_gives_another_order) {
    BOOST_TEST(!same_bits(Run(Seed{2}, Seed{3}, {}).model, Run(Seed{2}, Seed{4}, {}).model));
    BOOST_TEST(order_of_epochs(Seed{3}, {}) != order_of_epochs(Seed{4}, {}));
}

BOOST_AUTO_TEST_CASE(samples_are_shuffled_anew_every_epoch) {
    const std::vector<int> order = order_of_epochs(Seed{5}, {.epochs = 2});
    BOOST_REQUIRE(order.size() == 80u);
    const std::vector<int> first(order.begin(), order.begin() + 40), second(order.begin() + 40, order.end());
    std::vector<int> sorted = first, in_order;
    for (int i = 0; i < 40; ++i) in_order.push_back(i);
    std::sort(sorted.begin(), sorted.end());
    BOOST_TEST(sorted == in_order);
    BOOST_TEST(first != in_order);
    BOOST_TEST(first != second);
}

BOOST_AUTO_TEST_CASE(samples_stay_in_order_if_shuffling_is_off) {
    const std::vector<int> order = order_of_epochs(Seed{5}, {.epochs = 2, .shuffle = false});
    BOOST_REQUIRE(order.size() == 80u);
    for (int i = 0; i < 80; ++i) BOOST_TEST(order[static_cast<std::size_t>(i)] == i % 40);
}
