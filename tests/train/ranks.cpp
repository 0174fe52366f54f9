// SPDX-License-Identifier: BSL-1.0
// A training on several ranks has the bits of a training on one, for each kind of network.
#define BOOST_TEST_MODULE train.ranks
#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/random.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/join.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/local_ranks.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/samples.hpp"
#include "train/centre.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int batch = 38;  // 19 passes of two samples: on two ranks, in two rounds
using Lane = Lanes<float, 2>;

// A chain with randomness in its passes, and clipping by the norm of all gradients.
struct Images {
    using In = Shape<1, 6, 6>;
    using M = Model<Sequential<Conv<1, 3, 3>, ReLU, Pool<2>, Dropout<0.3>, Linear<12, 4>>, In>;
    template <class... Options>
    using Training = Trainer<M, CrossEntropy, ClipByNorm<SGD>, Batch<batch>, Lane, Options...>;
    static ClipByNorm<SGD> optimizer() { return {SGD{.learning_rate = 0.5f, .momentum = 0.9f}, 0.05f}; }

    const Samples<In> samples{batch, 4, 7};
    auto step(auto& trainer, int n) const { return trainer.step(samples.first_inputs(n), samples.first_labels(n)); }
    auto accumulate(auto& trainer, int n) const {
        return trainer.accumulate(samples.first_inputs(n), samples.first_labels(n));
    }
};

// Two branches that are normalised by the batch, behind a layer that observes its input.
struct Normalised {
    using In = Shape<2, 4, 4>;
    using Net = Graph<Input<"x">, Node<"seen", Centre<2>, "x">, Node<"a", Conv<2, 3, 3, 1, 1>, "seen">,
                      Node<"b", BatchNorm<3>, "a">, Node<"c", ReLU, "b">, Node<"d", Conv<3, 3, 3, 1, 1>, "c">,
                      Node<"e", BatchNorm<3>, "d">, Node<"sum", Add, "e", "a">, Node<"end", Linear<48, 4>, "sum">,
                      Output<"end">>;
    using M = Model<Net, In>;
    template <class... Options>
    using Training = Trainer<M, CrossEntropy, Adam, Batch<batch>, Lane, Options...>;
    static Adam optimizer() { return {.learning_rate = 0.01f}; }

    const Samples<In> samples{batch, 4, 8};
    auto step(auto& trainer, int n) const { return trainer.step(samples.first_inputs(n), samples.first_labels(n)); }
    auto accumulate(auto& trainer, int n) const {
        return trainer.accumulate(samples.first_inputs(n), samples.first_labels(n));
    }
};

// y = f(x). A container without sections: with batch statistics within, one pass holds the whole batch.
template <class F>
struct Around {
    static constexpr Fit shape(Extents in) { return fit_of_part<F>(0, in); }
    static constexpr int depth = 1;
    template <int>
    using Layer = F;
    template <int, class In>
    using LayerInput = In;
    template <class E, class In>
    using Tape = TapeOfParts<Around, E, In>;
    template <class E, class In, Wanted W>
    using Scratch = ScratchOfParts<Around, E, In, W>;
    static constexpr void forward(const auto& x, auto& y, auto at) { forward_part<F>(x, y, child<0>(at)); }
    static constexpr void backward(const auto& x, const auto& y, auto& dy, auto& dx, auto at) {
        backward_part<F>(x, y, dy, dx, child<0>(at));
    }
};
struct InOnePass {
    using In = Shape<4>;
    using M = Model<Sequential<Linear<4, 6>, Around<Sequential<Linear<6, 6>, BatchNorm<6>>>, Linear<6, 4>>, In>;
    template <class... Options>
    using Training = Trainer<M, CrossEntropy, Adam, Batch<batch>, Options...>;
    static Adam optimizer() { return {.learning_rate = 0.01f}; }

    const Samples<In> samples{batch, 4, 6};
    auto step(auto& trainer, int n) const { return trainer.step(samples.first_inputs(n), samples.first_labels(n)); }
    auto accumulate(auto& trainer, int n) const {
        return trainer.accumulate(samples.first_inputs(n), samples.first_labels(n));
    }
};

// Sequences of different lengths.
struct Words {
    using In = Shape<5, 3>;
    using M = Model<Sequential<GRU<3, 5>, Last, Linear<5, 4>>, In>;
    template <class... Options>
    using Training = Trainer<M, CrossEntropy, SGD, Batch<batch>, Lane, Options...>;
    static SGD optimizer() { return {.learning_rate = 0.2f}; }

    const Samples<In> samples{batch, 4, 9};
    const std::vector<int> lengths = [] {
        std::vector<int> all;
        Random random{Seed{4}};
        for (int i = 0; i < batch; ++i) all.push_back(1 + random.below(5));
        return all;
    }();
    std::span<const int> first_lengths(int n) const { return {lengths.data(), static_cast<std::size_t>(n)}; }
    auto step(auto& trainer, int n) const {
        return trainer.step(samples.first_inputs(n), samples.first_labels(n), first_lengths(n));
    }
    auto accumulate(auto& trainer, int n) const {
        return trainer.accumulate(samples.first_inputs(n), samples.first_labels(n), first_lengths(n));
    }
};

template <class Kind>
struct Trained {
    typename Kind::M model{Seed{3}};
    typename Kind::M::Gradients gradients{};
    std::vector<float> losses;
};

// Steps on batches of all sizes: more passes than a round has, fewer passes than there are ranks, one sample.
template <class Kind>
void train(Trained<Kind>& trained, auto& trainer) {
    const Kind kind;
    for (const int n : {batch, 9, 1, batch - 1, 4}) trained.losses.push_back(kind.step(trainer, n));
    for (const int n : {batch, 5, 1}) trained.losses.push_back(kind.accumulate(trainer, n));
    if (!trainer.apply(1.0f / 3)) throw std::logic_error("the step was not taken");
    trained.losses.push_back(kind.step(trainer, 12));
    trained.gradients = trainer.gradients();
}

template <class Kind, class... Options>
std::unique_ptr<Trained<Kind>> trained_alone() {
    auto trained = std::make_unique<Trained<Kind>>();
    const auto trainer = std::make_unique<typename Kind::template Training<Options...>>(
        trained->model, Kind::optimizer(), CrossEntropy{}, Seed{5});
    train(*trained, *trainer);
    return trained;
}

template <class Kind>
bool same(const Trained<Kind>& a, const Trained<Kind>& b) {
    return a.losses == b.losses && same_record(a.gradients, b.gradients) &&
           same_record(a.model.parameters(), b.model.parameters()) && same_record(a.model.state(), b.model.state());
}

// Whether every rank of a group ends with the bits of `alone`.
template <class Kind, class... Options>
bool gives_the_bits_of(const Trained<Kind>& alone, int ranks) {
    std::vector<char> right(static_cast<std::size_t>(ranks));
    LocalRanks group(ranks);
    group.run([&](LocalRanks::Rank& rank) {
        const auto trained = std::make_unique<Trained<Kind>>();
        const auto trainer = std::make_unique<typename Kind::template Training<LocalRanks::Rank, Options...>>(
            rank, trained->model, Kind::optimizer(), CrossEntropy{}, Seed{5});
        train(*trained, *trainer);
        right[static_cast<std::size_t>(rank.rank())] = same(*trained, alone);
    });
    return right == std::vector<char>(right.size(), 1);
}

template <class Kind, class... Options>
void check_bits() {
    const auto alone = trained_alone<Kind, Options...>();
    BOOST_TEST(!same_record(alone->model.parameters(), typename Kind::M{Seed{3}}.parameters()));
    for (const int ranks : {1, 2, 3, 4}) {
        BOOST_TEST((gives_the_bits_of<Kind, Options...>(*alone, ranks)), ranks);
        BOOST_TEST((gives_the_bits_of<Kind, Threads<2>, Options...>(*alone, ranks)), ranks);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_chain_trains_to_the_same_bits_on_any_number_of_ranks) { check_bits<Images>(); }
BOOST_AUTO_TEST_CASE(a_graph_with_batch_statistics_trains_to_the_same_bits_on_any_number_of_ranks) {
    check_bits<Normalised>();
}
BOOST_AUTO_TEST_CASE(batch_statistics_in_one_pass_are_the_same_on_every_rank) {
    const auto alone = trained_alone<InOnePass>();
    BOOST_TEST(!same_record(alone->model.state(), InOnePass::M{Seed{3}}.state()));
    for (const int ranks : {1, 2, 3}) BOOST_TEST((gives_the_bits_of<InOnePass>(*alone, ranks)), ranks);
}
BOOST_AUTO_TEST_CASE(groups_of_passes_alone_decide_the_bits) {
    check_bits<Images, Groups<5>>();
    check_bits<Normalised, Groups<12>>();
    check_bits<Words, Groups<8>>();
    const auto each = trained_alone<Images>(), five = trained_alone<Images, Groups<5>>();
    BOOST_TEST(same(*trained_alone<Images, Groups<5>, Threads<3>>(), *five));
    BOOST_TEST(!same(*five, *each));
    BOOST_TEST(same(*trained_alone<Images, Groups<19>, Threads<4>>(), *trained_alone<Images, Groups<19>>()));
}

namespace {

// y = W x: the gradient of a sample of zeros is zero. So each group's sum is the gradient of a batch in which all other
// groups have zeros.
struct Outer {
    using M = Model<Linear<7, 4, Bias::none>, Shape<7>>;
    using Gradients = M::Gradients;
    template <class... Options>
    using Training = Trainer<M, CrossEntropy, SGD, Batch<batch>, Lane, Options...>;

    const Samples<Shape<7>> samples{batch, 4, 7};

    // A trainer that has run the first n samples, then the first n / 2.
    template <class T>
    static std::unique_ptr<Gradients> gradients_of(auto& trainer, int n, const T& inputs, auto labels) {
        const auto half = static_cast<std::size_t>(n / 2);
        trainer.accumulate(inputs, labels);
        trainer.accumulate(std::span(inputs).first(half), labels.first(half));
        if (!trainer.apply()) throw std::logic_error("the step was not taken");
        return std::make_unique<Gradients>(trainer.gradients());
    }
    // The gradient of the samples of one group, of n samples in `groups` groups.
    std::unique_ptr<Gradients> of_group(int n, int group, int groups) const {
        const int passes = (n + 1) / 2, all = groups < passes ? groups : passes;
        const auto inputs = samples.first_inputs(n);
        std::vector<Tensor<float, Shape<7>>> alone(inputs.begin(), inputs.end());
        for (int i = 0; i < n; ++i)
            if (i / 2 * all / passes != group) alone[static_cast<std::size_t>(i)] = {};
        M model{Seed{3}};
        Training<> trainer{model, {}};
        trainer.accumulate(alone, samples.first_labels(n));
        if (!trainer.apply()) throw std::logic_error("the step was not taken");
        return std::make_unique<Gradients>(trainer.gradients());
    }
    // The sum of all groups by the words of core/contract/ranks.hpp.
    std::unique_ptr<Gradients> of_batch(int n, int groups) const {
        std::vector<std::unique_ptr<Gradients>> value;
        for (int g = 0; g < groups && g < (n + 1) / 2; ++g) value.push_back(of_group(n, g, groups));
        for (std::size_t stride = 1; stride < value.size(); stride *= 2)
            for (std::size_t g = 0; g + stride < value.size(); g += 2 * stride)
                add(*value[g], std::array<const Gradients*, 1>{value[g + stride].get()}, 1);
        return std::move(value[0]);
    }
    std::unique_ptr<Gradients> expected(int n, int groups) const {
        auto sum = of_batch(n, groups);
        const auto second = of_batch(n / 2, groups);
        add(*sum, std::array<const Gradients*, 1>{second.get()}, 1);
        return sum;
    }
};

template <int N, class... Options>
void check_tree() {
    const Outer outer;
    for (const int n : {batch, std::min(batch, 2 * N + 2), 5}) {
        const auto expected = outer.expected(n, N);
        const auto inputs = outer.samples.first_inputs(n);
        const auto labels = outer.samples.first_labels(n);
        {
            Outer::M model{Seed{3}};
            Outer::Training<Groups<N>, Options...> trainer{model, {}};
            BOOST_TEST(same_record(*Outer::gradients_of(trainer, n, inputs, labels), *expected), N << " groups");
        }
        for (const int ranks : {1, 2, 3, 4, 5}) {
            std::vector<char> same(static_cast<std::size_t>(ranks));
            LocalRanks group(ranks);
            group.run([&](LocalRanks::Rank& rank) {
                Outer::M model{Seed{3}};
                Outer::Training<LocalRanks::Rank, Groups<N>, Options...> trainer{rank, model, {}};
                same[static_cast<std::size_t>(rank.rank())] =
                    same_record(*Outer::gradients_of(trainer, n, inputs, labels), *expected);
            });
            BOOST_TEST(same == std::vector<char>(same.size(), 1), N << " groups on " << ranks << " ranks");
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(groups_are_summed_up_in_the_tree_of_their_number) {
    check_tree<1>();
    check_tree<2, Threads<2>>();
    check_tree<7>();
    check_tree<8, Threads<3>>();
    check_tree<13>();
    check_tree<13, Threads<2>>();
    check_tree<19, Threads<4>>();
}
// Between the batches of a step, while their sum is owed.
BOOST_AUTO_TEST_CASE(a_look_of_one_rank_changes_no_step) {
    const auto trained = [](LocalRanks::Rank& rank, bool looks) {
        using Kind = Normalised;
        const Kind kind;
        const auto images = kind.samples.first_inputs(batch);
        const auto labels = kind.samples.first_labels(batch);
        const BatchView all{batch, [&](int i) { return &images[static_cast<std::size_t>(i)]; },
                            [&](int i) -> const int& { return labels[static_cast<std::size_t>(i)]; }, 1.0f};
        auto result = std::make_unique<Trained<Kind>>();
        const auto trainer = std::make_unique<Kind::Training<LocalRanks::Rank>>(rank, result->model, Kind::optimizer());
        for (const int n : {batch, 5, batch}) {
            result->losses.push_back(kind.accumulate(*trainer, n));
            if (looks) trainer->look_at_passes(all, [](const auto&...) { return false; });
        }
        if (!trainer->apply()) throw std::logic_error("the step was not taken");
        result->losses.push_back(kind.step(*trainer, batch));
        result->gradients = trainer->gradients();
        return result;
    };
    std::atomic<int> right{0};
    LocalRanks group(2, {.deadline = std::chrono::seconds(10)});
    group.run([&](LocalRanks::Rank& rank) {
        const auto expected = trained(rank, false);
        for (const int looking : {0, 1}) right += same(*trained(rank, rank.rank() == looking), *expected);
    });
    BOOST_TEST(right == 4);
}
BOOST_AUTO_TEST_CASE(sequences_with_lengths_train_to_the_same_bits_on_any_number_of_ranks) { check_bits<Words>(); }

namespace {

bool same_outputs(const auto& a, const auto& b) {
    for (std::size_t i = 0; i < a.size(); ++i)
        for (int k = 0; k < a[i].count; ++k)
            if (!(a[i][k] == b[i][k])) return false;
    return a.size() == b.size();
}

}  // namespace

// The numbers of samples are around those of a batch and of what ranks share at once.
BOOST_AUTO_TEST_CASE(outputs_have_the_same_bits_on_any_number_of_ranks) {
    using M = Images::M;
    const M model{Seed{2}};
    for (const int count : {0, 1, 3, M::largest_batch, 3 * M::largest_batch + 1, 1000}) {
        const Samples<Images::In> samples(count, 4, 3);
        std::vector<Tensor<float, M::Output>> alone(samples.inputs.size());
        model.predict(samples.inputs, alone);
        for (const int ranks : {1, 2, 3, 4}) {
            std::vector<char> same(static_cast<std::size_t>(ranks));
            LocalRanks group(ranks);
            group.run([&](LocalRanks::Rank& rank) {
                std::vector<Tensor<float, M::Output>> outputs(samples.inputs.size());
                predict(rank, model, samples.inputs, outputs);
                same[static_cast<std::size_t>(rank.rank())] = same_outputs(outputs, alone);
            });
            BOOST_TEST(same == std::vector<char>(same.size(), 1), count << " samples on " << ranks << " ranks");
        }
    }
}

BOOST_AUTO_TEST_CASE(outputs_of_sequences_have_the_same_bits_on_any_number_of_ranks) {
    using M = Words::M;
    const M model{Seed{2}};
    const Words words;
    std::vector<Tensor<float, M::Output>> alone(batch);
    model.predict(words.samples.inputs, alone, words.lengths);
    std::vector<char> same(3);
    LocalRanks group(3);
    group.run([&](LocalRanks::Rank& rank) {
        std::vector<Tensor<float, M::Output>> outputs(batch);
        predict(rank, model, words.samples.inputs, outputs, words.lengths);
        same[static_cast<std::size_t>(rank.rank())] = same_outputs(outputs, alone);
    });
    BOOST_TEST(same == std::vector<char>(3, 1));
}

BOOST_AUTO_TEST_CASE(every_rank_gets_the_evaluation_of_one_rank) {
    using M = Images::M;
    const M model{Seed{2}};
    for (const int count : {1, 9, 500}) {
        const auto images = striped_images<Images::In>(count, 4, 3);
        const auto alone = evaluate(model, images);
        for (const int ranks : {1, 2, 3}) {
            std::vector<char> same(static_cast<std::size_t>(ranks));
            LocalRanks group(ranks);
            group.run([&](LocalRanks::Rank& rank) {
                const auto shared = evaluate(rank, model, images);
                same[static_cast<std::size_t>(rank.rank())] =
                    shared.loss == alone.loss && shared.accuracy == alone.accuracy && shared.samples == alone.samples &&
                    same_outputs(std::array{shared.confusion}, std::array{alone.confusion});
            });
            BOOST_TEST(same == std::vector<char>(same.size(), 1), count << " samples on " << ranks << " ranks");
        }
    }
}

BOOST_AUTO_TEST_CASE(errors_on_ranks_are_in_the_units_that_are_asked_for) {
    using Values = Tensor<float, Shape<2>>;
    const Samples<Shape<3>> samples(50, 2, 6);
    std::vector<Values> targets;
    for (const int label : samples.labels) targets.push_back({static_cast<float>(label), 1.0f});
    const data::Dataset<Shape<3>, float, Values> homes(samples.inputs, targets);
    const Model<Linear<3, 2>, Shape<3>> model{Seed{2}};
    const Values unit{1000.0f, 0.5f};
    const auto alone = evaluate(model, homes, MeanSquaredError{}, unit);
    std::vector<char> same(2);
    LocalRanks group(2);
    group.run([&](LocalRanks::Rank& rank) {
        const auto shared = evaluate(rank, model, homes, MeanSquaredError{}, unit);
        same[static_cast<std::size_t>(rank.rank())] = shared.loss == alone.loss && shared.samples == 50 &&
                                                      shared.mean_absolute_error == alone.mean_absolute_error &&
                                                      shared.r_squared == alone.r_squared;
    });
    BOOST_TEST(same == std::vector<char>(2, 1));
}
