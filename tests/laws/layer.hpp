// SPDX-License-Identifier: BSL-1.0
#pragma once
// The laws that a layer must obey, in one call. The test of a new layer is this call, and a few values by hand.
//
//   gradient    backward gives the derivatives of forward over dual numbers (kiln/laws/check_gradients.hpp)
//   lanes       sixteen lanes have the results of sixteen samples one after the other (laws/lanes.hpp)
//   counted     multiply_adds is the number that forward computes (kiln/laws/counted.hpp)
//   constant    forward and backward in a constant expression have the results of run time
//   pointwise   if the layer is pointwise: `value` and `slope` are the functions of forward and backward, and
//               `monotone` is true (laws/pointwise.hpp)
//   fused       if the layer can be fused: the fused layer has the results of the layers in a row (laws/fused.hpp)
//   reads       if the layer claims reads_input = false or reads_output = false: backward finds the same when the value
//               has been overwritten (laws/reads.hpp)
//   folded      if the layer claims identity_in_inference, as_affine or absorb: the claim is true (laws/folded.hpp)
//
// laws/described.cpp checks the law of descriptions for all layers, and laws/allocation.cpp checks for networks of all
// layers that nothing allocates.

#include <kiln/laws/check_gradients.hpp>
#include <kiln/laws/counted.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/elements.hpp"
#include "laws/folded.hpp"
#include "laws/fused.hpp"
#include "laws/lanes.hpp"
#include "laws/pointwise.hpp"
#include "laws/reads.hpp"

namespace kiln::laws {

/// The required accuracy of results, relative to the largest of their tensor. By default: sums of up to a few hundred
/// products, rounded by 1e-16 each in double, by 6e-8 in float.
struct Tolerances {
    double gradient = 1e-12, lanes = 5e-6, constant = 1e-6;
};

template <class L, class In>
void require_gradient_law(double tolerance = Tolerances{}.gradient) {
    for (const std::uint64_t seed : {1u, 2u}) {
        const GradientCheck check = check_gradients<L, In, Oracle<double>>({.seed = seed, .tolerance = tolerance});
        BOOST_TEST(check);
        BOOST_TEST_MESSAGE("largest gradient error " << check.error());
    }
}

template <class L, class In>
void require_lanes_law(double tolerance = Tolerances{}.lanes) {
    require_lanes_law<Over<Lanes<float, 16>, On<L, In>>>(tolerance);
}

/// Forward and backward on small inputs, while compiling and at run time. A fused multiply-add at run time, and none
/// while compiling, makes the last bits differ.
template <class L, class In>
void require_constant_law(double tolerance = Tolerances{}.constant) {
    struct Outcome {
        Tensor<float, output_t<L, In>> y;
        Tensor<float, In> dx;
        gradients_t<L, float, In> gradients;
    };
    constexpr auto pass = [](std::uint64_t seed) {
        Instance<L, In, float> layer(seed);
        layer.dx = {};
        layer.y = {};
        layer.forward();
        layer.backward();
        return Outcome{layer.y, layer.dx, layer.gradients};
    };
    static volatile std::uint64_t run_time_seed = 1;
    constexpr Outcome constant = pass(1);
    const Outcome run = pass(run_time_seed);
    BOOST_TEST(distance(run.y, constant.y) <= tolerance);
    BOOST_TEST(distance(run.dx, constant.dx) <= tolerance);
    BOOST_TEST(record_distance<float>(run.gradients, constant.gradients) <= tolerance);
    BOOST_TEST(magnitude(constant.y) > 0);
}

/// The claims of a layer beyond forward and backward. In double where both sides are, else within roundings of float.
template <class L, class In>
void require_claims(double tolerance = Tolerances{}.gradient) {
    if constexpr (Pointwise<L>) {
        const PointwiseReport report = check_pointwise<L>();
        BOOST_TEST(report.forward <= tolerance);
        BOOST_TEST(report.backward <= tolerance);
        BOOST_TEST(report.slope <= tolerance);
        BOOST_TEST(!report.decreases, "it says monotone, and decreases above " << report.at);
    }
    if constexpr (FusesBehind<L>)
        if constexpr (L::monotone) BOOST_TEST(!check_monotone<L>().decreases);
    const FusedReport fused = check_fused<L, In>();
    BOOST_TEST(fused.worst() <= tolerance);
    BOOST_TEST(fused.reads_as_claimed);
    BOOST_TEST((check_reads<L, In>()));
    if constexpr (ClaimsIdentity<L>) BOOST_TEST((check_identity<L, In>()));
    if constexpr (ClaimsAffine<L, In>) BOOST_TEST((check_affine<L, In>()) <= Tolerances{}.lanes);
    if constexpr (ClaimsToAbsorb<L, In>) BOOST_TEST((check_absorb<L, In>()) <= Tolerances{}.lanes);
}

/// All of them. Inputs small enough to be differentiated one by one, and for a constant expression.
template <class L, class In>
void require_layer_laws(Tolerances tolerances = {}) {
    require_gradient_law<L, In>(tolerances.gradient);
    require_lanes_law<L, In>(tolerances.lanes);
    BOOST_TEST((counted_multiply_adds<L, In>()) == (kiln::multiply_adds<L, In>()));
    require_constant_law<L, In>(tolerances.constant);
    require_claims<L, In>(tolerances.gradient);
}

}  // namespace kiln::laws
