// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.hessian_product
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/frozen.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/hessian_product.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "allocations.hpp"
#include "laws/samples.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

using In = Shape<3>;
using Net = Model<Sequential<Linear<3, 8>, Tanh, Linear<8, 4>>, In>;

Net::Parameters random_direction(std::uint64_t seed) {
    Net::Parameters direction{};
    Random random{Seed{seed}};
    fill_record<float>(direction, random, 1);
    return direction;
}
double dot(const auto& a, const auto& b) {
    double sum = 0;
    const auto left = tensors<const float>(a), right = tensors<const float>(b);
    for (std::size_t k = 0; k < left.size(); ++k)
        for (int i = 0; i < left[k].count; ++i) sum += double(left[k].data[i]) * double(right[k].data[i]);
    return sum;
}
Net moved(const Net& model, const Net::Parameters& direction, float step) {
    Net other = model;
    const auto to = tensors<float>(other.parameters());
    const auto along = tensors<const float>(direction);
    for (std::size_t k = 0; k < to.size(); ++k)
        for (int i = 0; i < to[k].count; ++i) to[k].data[i] += step * along[k].data[i];
    return other;
}

}  // namespace

// Counts that fill the lanes, leave some empty, and take several passes.
BOOST_AUTO_TEST_CASE(loss_and_gradient_are_those_of_a_trainer) {
    for (const int count : {1, 3, 16, 37}) {
        Net model{Seed{1}};
        const Samples<In> samples(count, 4, 2);
        HessianProduct<Net, CrossEntropy> hessian{CrossEntropy{.label_smoothing = 0.1f}};
        const auto& [loss, gradient, product] = hessian(model, samples.inputs, samples.labels, random_direction(3));
        Trainer<Net, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{}, CrossEntropy{.label_smoothing = 0.1f}};
        const float expected = trainer.accumulate(samples.inputs, samples.labels);
        BOOST_TEST(std::abs(loss - expected) <= 1e-6f);
        BOOST_TEST(record_distance<float>(gradient, trainer.gradients()) <= 1e-5);
        BOOST_TEST(dot(product, product) > 0);
    }
}

// Samples whose losses have shares, and samples that normalise each other.
BOOST_AUTO_TEST_CASE(shares_and_batch_statistics_are_those_of_a_trainer) {
    using Normed = Model<Sequential<BatchNorm<3>, Linear<3, 8>, Tanh, Linear<8, 4>>, In>;
    using Weighted = WeightedCrossEntropy<4>;
    Normed model{Seed{17}};
    const Samples<In> samples(3, 4, 18);  // fewer than lanes
    const Weighted weighted{.class_weights = {1, 2, 4, 8}};
    HessianProduct<Normed, Weighted> hessian{weighted};
    const auto& result = hessian(model, samples.inputs, samples.labels, model.parameters());
    Trainer<Normed, Weighted, SGD, Batch<16>> trainer{model, SGD{}, weighted};
    BOOST_TEST(std::abs(result.loss - trainer.accumulate(samples.inputs, samples.labels)) <= 1e-6f);
    BOOST_TEST(record_distance<float>(result.gradient, trainer.gradients()) <= 1e-5);
}

BOOST_AUTO_TEST_CASE(every_sample_has_a_dropout_of_its_own) {
    using Dropped = Model<Sequential<Linear<3, 8>, Dropout<0.5>, Linear<8, 4>>, In>;
    const Dropped model{Seed{19}};
    const std::vector<Tensor<float, In>> equal(64, {1, -1, 0.5f});
    const std::vector<int> labels(64, 2);
    HessianProduct<Dropped, CrossEntropy> hessian;
    const auto loss = [&](std::size_t count) {
        return hessian(model, std::span(equal).first(count), std::span(labels).first(count), model.parameters()).loss;
    };
    BOOST_TEST(loss(64) != loss(32));
}

// The product against the difference of gradients in double, at both sides along the direction.
using Elements = std::tuple<Dual<float>, Dual<Lanes<float, 4>>, Dual<Lanes<float, 16>>, Dual<double>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(the_product_is_the_change_of_the_gradient, E, Elements) {
    const Net model{Seed{4}};
    const Samples<In> samples(21, 4, 5);
    const auto direction = random_direction(6);
    HessianProduct<Net, CrossEntropy, E> hessian;
    const auto product = hessian(model, samples.inputs, samples.labels, direction).product;
    constexpr float step = 1e-2f;  // parameters are floats: 6e-8 of 0.5, over the step, is 6e-6
    const auto gradient = [&](float by) {
        HessianProduct<Net, CrossEntropy, Dual<double>> exact;
        return exact(moved(model, direction, by), samples.inputs, samples.labels, direction).gradient;
    };
    auto expected = gradient(step);
    const auto behind = gradient(-step);
    const auto sum = tensors<float>(expected);
    const auto before = tensors<const float>(behind);
    for (std::size_t k = 0; k < sum.size(); ++k)
        for (int i = 0; i < sum[k].count; ++i) sum[k].data[i] = (sum[k].data[i] - before[k].data[i]) / (2 * step);
    BOOST_TEST(record_distance<float>(product, expected) <= 1e-3);  // third derivatives times 1e-4
    BOOST_TEST(dot(expected, expected) > 1e-2);
}

BOOST_AUTO_TEST_CASE(the_hessian_is_symmetric) {
    const Net model{Seed{7}};
    const Samples<In> samples(16, 4, 8);
    const auto a = random_direction(9), b = random_direction(10);
    HessianProduct<Net, CrossEntropy> hessian;
    const auto along_a = hessian(model, samples.inputs, samples.labels, a).product;
    const auto along_b = hessian(model, samples.inputs, samples.labels, b).product;
    BOOST_TEST(std::abs(dot(b, along_a) - dot(a, along_b)) <= 1e-5);
    BOOST_TEST(std::abs(dot(b, along_a)) > 0.1);
}

BOOST_AUTO_TEST_CASE(targets_may_be_tensors_and_nothing_is_allocated) {
    const Net model{Seed{11}};
    const Samples<In> samples(20, 4, 12);
    std::vector<Tensor<float, Shape<4>>> targets(20);
    Random random{Seed{13}};
    for (auto& target : targets) fill(target, random);
    const auto direction = random_direction(14);
    const auto hessian = std::make_unique<HessianProduct<Net, MeanSquaredError>>();
    const int before = allocations;
    const double curvature = dot(direction, (*hessian)(model, samples.inputs, targets, direction).product);
    BOOST_TEST(allocations == before);
    BOOST_TEST(curvature != 0);
}

// Frozen parameters may move, but are no variables.
BOOST_AUTO_TEST_CASE(frozen_layers_have_no_gradient) {
    using Icy = Model<Sequential<Frozen<Linear<3, 8>>, Tanh, Linear<8, 4>>, In>;
    const Icy model{Seed{15}};
    const Samples<In> samples(5, 4, 16);
    HessianProduct<Icy, CrossEntropy> hessian;
    Icy::Parameters direction{};
    for (const auto& slice : tensors<float>(direction))
        for (float& value : slice) value = 1;
    const auto& result = hessian(model, samples.inputs, samples.labels, direction);
    static_assert(tensor_count<Icy::Gradients> == 2);
    BOOST_TEST(dot(result.product, result.product) > 0);
}
