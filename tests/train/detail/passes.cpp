// SPDX-License-Identifier: BSL-1.0
// flags(GNU): -O2
#define BOOST_TEST_MODULE train.detail.passes
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

#include "laws/samples.hpp"
#include "train/centre.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int classes = 3;
using In = Shape<2, 6, 6>;

// Cuts at the front, at the end, next to each other, within nested containers and across them, with layers that are
// fused.
using Plain = Model<Sequential<Conv<2, 4, 3>, BatchNorm<4>, ReLU, Pool<2>, Linear<16, classes>>, In>;
using AtTheEnds = Model<Sequential<BatchNorm<2>, Linear<72, classes>, BatchNorm<classes>>, In>;
using Nested =
    Model<Sequential<Sequential<Conv<2, 4, 3, 1, 1>, BatchNorm<4>>, Sequential<BatchNorm<4>, Tanh, Dropout<0.25>>,
                     Sequential<Sequential<Linear<144, 8>, BatchNorm<8>, ReLU, Linear<8, 6>>, BatchNorm<6>>,
                     Linear<6, classes>>,
          In>;
using Looking = Model<Sequential<Centre<2>, Conv<2, 3, 3>, Centre<3>, Tanh, Linear<48, classes>>, In>;
using Both = Model<Sequential<Centre<2>, Conv<2, 3, 3>, BatchNorm<3>, Tanh, Centre<3>, Linear<48, classes>>, In>;
// Cuts across branches: values and slopes that are alive there belong to their pass.
using Branching =
    Model<Sequential<
              Conv<2, 4, 3, 1, 1>, BatchNorm<4>, ReLU,
              Residual<Conv<4, 4, 3, 1, 1>, BatchNorm<4>, ReLU, Dropout<0.25>, Conv<4, 4, 3, 1, 1>, BatchNorm<4>>, ReLU,
              Concat<Sequential<Conv<4, 2, 1>, BatchNorm<2>>, Centre<4>,
                     Sum<Conv<4, 2, 3, 1, 1>, Sequential<Centre<4>, Conv<4, 2, 1>, BatchNorm<2>, Tanh>>>,
              Pool<2>, Linear<72, classes>>,
          In>;
using Models = std::tuple<Plain, AtTheEnds, Nested, Looking, Both, Branching>;

constexpr int batch = 26;  // seven passes of four lanes, the last one of two samples

template <class M>
struct Trained {
    M model{Seed{1}};
    typename M::Gradients gradients{};
    float loss = 0;
};

/// The largest difference of two records, relative to the largest number of all: layers before a normalisation may move
/// by rounding alone.
template <class R>
double difference(const R& record, const R& reference) {
    double most = 0, size = 0;
    const auto a = tensors<const float>(record), b = tensors<const float>(reference);
    for (std::size_t k = 0; k < a.size(); ++k)
        for (int i = 0; i < a[k].count; ++i) {
            most = std::max(most, std::abs(double(a[k].data[i]) - double(b[k].data[i])));
            size = std::max(size, std::abs(double(b[k].data[i])));
        }
    return most / size;
}

/// Several steps, of which one is short, and the state after the last.
template <class M, class O, class... Options>
std::unique_ptr<Trained<M>> trained(O optimizer) {
    const Samples<In> data(batch, classes, 3);
    auto result = std::make_unique<Trained<M>>();
    const auto trainer =
        std::make_unique<Trainer<M, CrossEntropy, O, Batch<batch>, Options...>>(result->model, optimizer);
    for (const int size : {batch, batch, 9, batch})
        result->loss = trainer->step(data.first_inputs(size), data.first_labels(size));
    result->gradients = trainer->gradients();
    return result;
}
constexpr SGD sgd{.learning_rate = 0.05f, .momentum = 0.9f};

template <class M>
void require_same_bits(const Trained<M>& a, const Trained<M>& b) {
    BOOST_TEST(same_record(a.model.parameters(), b.model.parameters()));
    BOOST_TEST(same_record(a.model.state(), b.model.state()));
    BOOST_TEST(same_record(a.gradients, b.gradients));
    BOOST_TEST(a.loss == b.loss);
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(networks_with_state_train_to_the_same_bits_on_any_number_of_threads, M, Models) {
    using E = Lanes<float, 4>;
    const auto alone = trained<M, SGD, E>(sgd);
    BOOST_TEST(!same_record(alone->model.state(), M{Seed{1}}.state()));
    require_same_bits(*trained<M, SGD, E, Threads<2>>(sgd), *alone);
    require_same_bits(*trained<M, SGD, E, Threads<3>>(sgd), *alone);
    require_same_bits(*trained<M, SGD, E, Threads<7>>(sgd), *alone);
    const ClipByNorm clipped{sgd, 0.1f};
    require_same_bits(*trained<M, ClipByNorm<SGD>, E, Threads<2>>(clipped), *trained<M, ClipByNorm<SGD>, E>(clipped));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(state_and_parameters_do_not_depend_on_the_number_of_lanes, M, Models) {
    constexpr double rounding = 2e-5;  // of float sums in other orders, through four steps
    const auto one = trained<M, SGD, float>(sgd);
    const auto check = [&](const Trained<M>& other) {
        BOOST_TEST(difference(other.model.state(), one->model.state()) < rounding);
        BOOST_TEST(difference(other.model.parameters(), one->model.parameters()) < rounding);
    };
    check(*trained<M, SGD, Lanes<float, 4>>(sgd));
    check(*trained<M, SGD, Lanes<float, 16>>(sgd));
    check(*trained<M, SGD, Lanes<float, 32>>(sgd));  // the whole batch in one pass
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_look_changes_no_step, M, Models) {
    const Samples<In> data(batch, classes, 3);
    const auto images = data.first_inputs(batch);
    const auto labels = data.first_labels(batch);
    const BatchView all{batch, [&](int i) { return &images[static_cast<std::size_t>(i)]; },
                        [&](int i) -> const int& { return labels[static_cast<std::size_t>(i)]; }, 1.0f};
    const auto trained = [&](bool looks) {
        auto result = std::make_unique<Trained<M>>();
        const auto trainer = std::make_unique<Trainer<M, CrossEntropy, SGD, Batch<batch>, Lanes<float, 4>, Threads<2>>>(
            result->model, sgd);
        int seen = 0;
        const auto look = [&] {
            if (looks)
                trainer->look_at_passes(all, [&](const auto&...) {
                    ++seen;
                    return false;
                });
        };
        for (int step = 0; step < 2; ++step) {
            look();
            result->loss = trainer->accumulate(images, labels);
            look();  // while sums of the first batch are under way
            result->loss += trainer->accumulate(data.first_inputs(9), data.first_labels(9));
            look();
            if (!trainer->apply(0.5f)) result->loss = -1;
        }
        BOOST_TEST(seen == (looks ? 6 * 7 : 0));
        result->gradients = trainer->gradients();
        return result;
    };
    require_same_bits(*trained(true), *trained(false));
}

BOOST_AUTO_TEST_CASE(a_large_batch_trains_in_the_memory_of_its_tapes) {
    using E = Lanes<float, 16>;
    using Small = Trainer<Plain, CrossEntropy, SGD, Batch<64>, E>;
    using Large = Trainer<Plain, CrossEntropy, SGD, Batch<1024>, E>;
    constexpr long long
        pass =  // x, y, the two inner edges that backward reads, where the largest pixel was, statistics
        sizeof(Tensor<E, In>) + sizeof(Tensor<E, Shape<3>>) + 2 * sizeof(Tensor<E, Shape<4, 4, 4>>) +
        sizeof(Tensor<E, Shape<4, 2, 2>>) + 2 * 128;
    static_assert(Large::workspace_bytes - Small::workspace_bytes <= 60 * pass);
    static_assert(sizeof(Large) - sizeof(Small) == Large::workspace_bytes - Small::workspace_bytes);
}

BOOST_AUTO_TEST_CASE(accumulated_batches_make_the_step_of_all_their_samples) {
    using M = Model<Sequential<Dropout<0.3>, Linear<72, 9>, Tanh, Dropout<0.3>, Linear<9, classes>>, In>;
    const Samples<In> data(16, classes, 4);
    M model{Seed{1}}, whole{Seed{1}};
    Trainer<M, CrossEntropy, SGD, Batch<16>, float> trainer{model, sgd}, at_once{whole, sgd};
    for (int step = 0; step < 3; ++step) {
        const float first = trainer.accumulate(data.first_inputs(8), data.first_labels(8));
        const float second = trainer.accumulate(std::span(data.inputs).subspan(8), std::span(data.labels).subspan(8));
        BOOST_TEST(trainer.apply(0.5f));
        BOOST_TEST(std::abs(at_once.step(data.inputs, data.labels) - (first + second) / 2) < 1e-5);
    }
    BOOST_TEST(difference(model.parameters(), whole.parameters()) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_batch_that_cannot_be_learned_spoils_what_has_been_accumulated) {
    const Samples<In> data(8, classes, 4);
    Plain model{Seed{1}};
    const Plain before = model;
    Trainer<Plain, CrossEntropy, SGD, Batch<8>> trainer{model, sgd};
    BOOST_TEST(!trainer.apply());  // nothing to apply
    trainer.accumulate(data.inputs, data.labels);
    std::vector<int> wrong = data.labels;
    wrong[3] = classes;
    BOOST_TEST(std::isnan(trainer.accumulate(data.inputs, wrong)));
    BOOST_TEST(!trainer.apply());
    trainer.accumulate(data.inputs, data.labels);
    trainer.discard();
    BOOST_TEST(!trainer.apply());
    BOOST_TEST(trainer.steps() == 0);
    BOOST_TEST(same_record(model.parameters(), before.parameters()));
    BOOST_TEST(same_record(model.state(), before.state()));
    Plain fresh{Seed{1}};
    Trainer<Plain, CrossEntropy, SGD, Batch<8>> untouched{fresh, sgd};
    BOOST_TEST(trainer.step(data.inputs, data.labels) == untouched.step(data.inputs, data.labels));
    BOOST_TEST(same_record(model.parameters(), fresh.parameters()));
}

// Two batches for one step: the statistics are those of each batch, and the state moves once, by both batches together.
BOOST_AUTO_TEST_CASE(accumulated_batches_settle_the_state_once) {
    const Samples<In> data(16, classes, 4);
    AtTheEnds model{Seed{1}}, whole{Seed{1}};
    Trainer<AtTheEnds, CrossEntropy, SGD, Batch<16>, float> trainer{model, SGD{.learning_rate = 0}},
        at_once{whole, SGD{.learning_rate = 0}};
    trainer.accumulate(data.first_inputs(8), data.first_labels(8));
    trainer.accumulate(std::span(data.inputs).subspan(8), std::span(data.labels).subspan(8));
    BOOST_TEST(trainer.apply(0.5f));
    BOOST_TEST(trainer.steps() == 1);
    at_once.step(data.inputs, data.labels);
    const auto first = tensors<const float>(model.state()), expected = tensors<const float>(whole.state());
    for (const std::size_t k : {0u, 1u})
        BOOST_TEST(distance(first[k], expected[k]) < 1e-6);  // of the first layer's input
}
