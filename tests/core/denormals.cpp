// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.denormals
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/core/denormals.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <bit>
#include <cstdint>

using namespace kiln;
using namespace kiln::laws;

namespace {

// Both as bits: where denormals count as zero they also compare equal to it.

/// Half of the smallest normal number, computed at run time: 0 where denormals are flushed.
std::uint32_t denormal() {
    volatile float smallest = 0x1p-126f, half = 0.5f;
    return std::bit_cast<std::uint32_t>(smallest * half);
}
constexpr std::uint32_t not_flushed = 0x400000;  // 2^-127
/// Four times a denormal number: 0 where denormals count as zero.
std::uint32_t quadrupled() {
    volatile float operand = 0x1p-127f, four = 4;
    return std::bit_cast<std::uint32_t>(operand * four);
}
constexpr std::uint32_t not_zero = 0x1000000;  // 2^-125

#if defined __SSE__ || defined __aarch64__
constexpr bool can_flush = true;
#else
constexpr bool can_flush = false;
#endif

}  // namespace

BOOST_AUTO_TEST_CASE(denormals_are_flushed_while_the_object_lives) {
    BOOST_TEST(denormal() == not_flushed);
    {
        const FlushDenormals flush;
        BOOST_TEST(denormal() == (can_flush ? 0 : not_flushed));
        BOOST_TEST(quadrupled() == (can_flush ? 0 : not_zero));
    }
    BOOST_TEST(denormal() == not_flushed);
    BOOST_TEST(quadrupled() == not_zero);
}

BOOST_AUTO_TEST_CASE(a_caller_who_flushes_already_goes_on_doing_so) {
    {
        const FlushDenormals outer;
        { const FlushDenormals inner; }
        BOOST_TEST(denormal() == (can_flush ? 0 : not_flushed));
    }
    BOOST_TEST(denormal() == not_flushed);
}

BOOST_AUTO_TEST_CASE(training_leaves_the_floating_point_mode_as_it_was) {
    using In = Shape<1, 2, 2>;
    using Net = Model<Sequential<Linear<4, 3>>, In>;
    Net model{Seed{1}};
    Trainer<Net, CrossEntropy, SGD, Batch<16>> trainer{model, SGD{}};
    trainer.fit(striped_images<In>(20, 3, 2));
    BOOST_TEST(denormal() == not_flushed);
    const Samples<In> samples(4, 3, 3);
    trainer.step(samples.inputs, samples.labels);
    BOOST_TEST(quadrupled() == not_zero);
}

BOOST_AUTO_TEST_CASE(denormals_are_zero_within_a_training_step) {
    if (!can_flush) return;
    using Net = Model<Linear<1, 1>, Shape<1>>;  // one class: the gradient is 0, the step moves nothing
    Net model;
    model.parameters().weight[0] = 0x1p-130f;
    Trainer<Net, CrossEntropy, SGD, Batch<1>> trainer{model, SGD{}};
    const Samples<Shape<1>> samples(1, 1, 4);
    trainer.step(samples.inputs, samples.labels);
    BOOST_TEST(std::bit_cast<std::uint32_t>(model.parameters().weight[0]) == 0u);
}

static_assert([] {
    const FlushDenormals flush;  // in a constant expression: nothing to do
    return true;
}());
