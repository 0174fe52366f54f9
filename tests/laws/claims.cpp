// SPDX-License-Identifier: BSL-1.0
// False claims of layers: each layer obeys all other laws, and the law of its claim finds the lie.
#define BOOST_TEST_MODULE laws.claims
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv_transpose.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/linear.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

using namespace kiln;
using namespace kiln::laws;

namespace {

/// y = -x, which falls.
struct SaysItRises : ElementMap<SaysItRises> {
    static constexpr bool monotone = true;
    template <class E>
    static constexpr E value(const E& x) {
        return -x;
    }
    template <class E>
    static constexpr E slope(const E&, const E& dy) {
        return -dy;
    }
};
/// The identity up to 1e30, and then 0: no sample of usual size shows it.
struct FallsFarOut : ElementMap<FallsFarOut> {
    static constexpr bool monotone = true;
    template <class E>
    static constexpr E value(const E& x) {
        return select(x > E(scalar_t<E>(1e30)), E(scalar_t<E>(0)), x);
    }
    template <class E>
    static constexpr E slope(const E&, const E& dy) {
        return dy;
    }
};
/// x², whose slope cannot be told from y.
struct HasNoSlopeOfOutput : ElementMap<HasNoSlopeOfOutput> {
    static constexpr bool monotone = false;
    template <class E>
    static constexpr E value(const E& x) {
        return x * x;
    }
    template <class E>
    static constexpr E slope(const E& y, const E& dy) {
        return dy * E(scalar_t<E>(2)) * sqrt(y);
    }
};
/// A layer whose `value` is not what forward and backward compute.
struct OtherValue : HasNoSlopeOfOutput {
    using claims_of = OtherValue;
    static constexpr bool monotone = false;
    template <class E>
    static constexpr E value(const E& x) {
        return x;
    }
    template <class E>
    static constexpr E slope(const E&, const E& dy) {
        return dy;
    }
};

/// Linear<6, 4>, fused with a layer that forgets the activation on the way back, or in inference, or does not ask
/// whether the activation is monotone.
template <class F>
struct ForgetsSlope : kernels::Activated<Linear<6, 4>, F> {
    using claims_of = ForgetsSlope;
    static constexpr void backward(const auto& x, const auto& y, auto& dy, auto& dx, auto at) {
        Linear<6, 4>::backward(x, y, dy, dx, at);
    }
};
template <class F>
struct ForgetsInference : kernels::Activated<Linear<6, 4>, F> {
    using claims_of = ForgetsInference;
    static constexpr void forward(const auto& x, auto& y, auto at) {
        if constexpr (is_nothing<decltype(at.tape)> && is_nothing<decltype(at.gradients)>)
            Linear<6, 4>::forward(x, y, at);
        else
            kernels::Activated<Linear<6, 4>, F>::forward(x, y, at);
    }
};
template <template <class> class Wrong>
struct FusedWrongly : Linear<6, 4> {
    using claims_of = FusedWrongly;
    template <class In, class Next>
    using fused = std::conditional_t<Pointwise<Next>, Wrong<Next>, void>;
};
struct PoolsFallingOnes : Conv<1, 2, 3> {
    using claims_of = PoolsFallingOnes;
    template <class X, class F, class P>
    struct pooled {
        using type = void;
    };
    template <class X, Pointwise F, MaxPooling P>
    struct pooled<X, F, P> {
        using type = kiln::detail::PooledConv<Conv<1, 2, 3>, X, P::max_pool_window, F>;
    };
    template <class X, class First, class Second>
    using fused = typename pooled<X, First, Second>::type;
};

/// The gradient of the weight is dy xᵀ.
struct SaysItReadsNoInput : Linear<6, 4> {
    using claims_of = SaysItReadsNoInput;
    static constexpr bool reads_input = false;
};
/// The slope is 1 - y².
struct SaysItReadsNoOutput : Tanh {
    using claims_of = SaysItReadsNoOutput;
    static constexpr bool reads_output = false;
};
/// Reads its input only where nobody wants dx.
struct ReadsInputWithoutDx : Tanh {
    using claims_of = ReadsInputWithoutDx;
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<1>>, scale));
    };
    static constexpr void backward(const auto& x, const auto& y, auto& dy, auto& dx, auto at) {
        Tanh::backward(x, y, dy, dx, at);
        if constexpr (is_nothing<decltype(dx)>) at.gradients.scale[0] += reduce(x[0] * dy[0]);
    }
};
/// Linear and an activation, fused with a layer that reads its output and claims not to.
template <class F>
struct ForgetsThatItReads : kernels::Activated<Linear<6, 4>, F> {
    using claims_of = ForgetsThatItReads;
    static constexpr bool reads_output = false;
};

struct SaysNothingHappens : Tanh {
    using claims_of = SaysNothingHappens;
    static constexpr bool identity_in_inference = true;
};
/// Forgets the running mean.
struct WrongOffset : BatchNorm<3> {
    using claims_of = WrongOffset;
    template <class S>
    static constexpr void as_affine(const auto& parameters, const auto& state, Tensor<S, Shape<3>>& scale,
                                    Tensor<S, Shape<3>>& shift) {
        BatchNorm<3>::as_affine(parameters, state, scale, shift);
        for (int c = 0; c < 3; ++c) shift[c] = parameters.bias[c];
    }
};
/// Does not scale its bias.
struct ForgetsBias : Linear<6, 4> {
    using claims_of = ForgetsBias;
    static constexpr void absorb(auto& parameters, const auto& scale, const auto& shift) {
        const auto bias = parameters.bias;
        Linear<6, 4>::absorb(parameters, scale, shift);
        for (int k = 0; k < 4; ++k) parameters.bias[k] = bias[k] + shift[k];
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_function_that_falls_is_not_monotone) {
    BOOST_TEST(check_pointwise<SaysItRises>().decreases);
    BOOST_TEST(check_pointwise<FallsFarOut>().decreases);
    BOOST_TEST(check_pointwise<FallsFarOut>().at > 0.9e30f);
    BOOST_TEST(check_pointwise<FallsFarOut>().slope < 1e-12);
    BOOST_TEST(!check_pointwise<Rising>().decreases);
    BOOST_TEST(!check_pointwise<Falling>().decreases);  // it does not say so
}

BOOST_AUTO_TEST_CASE(a_slope_is_that_of_the_value_and_the_value_that_of_forward) {
    BOOST_TEST(check_pointwise<HasNoSlopeOfOutput>().slope > 0.1);
    BOOST_TEST(check_pointwise<OtherValue>().forward > 0.1);
    BOOST_TEST(check_pointwise<OtherValue>().backward > 0.1);
    BOOST_TEST(check_pointwise<OtherValue>().slope < 1e-12);
    for (const PointwiseReport& report : {check_pointwise<Rising>(), check_pointwise<Falling>()})
        BOOST_TEST(std::max({report.forward, report.backward, report.slope}) < 1e-12);
}

BOOST_AUTO_TEST_CASE(a_fused_layer_that_computes_something_else_is_found) {
    const FusedReport slope = check_fused<FusedWrongly<ForgetsSlope>, Shape<6>>(),
                      inference = check_fused<FusedWrongly<ForgetsInference>, Shape<6>>(),
                      pooled = check_fused<PoolsFallingOnes, Shape<1, 6, 6>>();
    BOOST_TEST(slope.dx > 0.1);
    BOOST_TEST(slope.gradients > 0.1);
    BOOST_TEST(slope.y < 1e-12);
    BOOST_TEST(inference.inference > 0.1);
    BOOST_TEST(inference.y < 1e-12);
    BOOST_TEST(pooled.y > 0.1);
}

BOOST_AUTO_TEST_CASE(the_librarys_layers_are_fused_with_as_many_as_they_say) {
    BOOST_TEST((check_fused<Linear<6, 4>, Shape<6>>().tried) == 2);         // Falling, Squaring
    BOOST_TEST((check_fused<Conv<1, 2, 3>, Shape<1, 6, 6>>().tried) == 7);  // and five times pooling
    BOOST_TEST((check_fused<BatchNorm<3>, Shape<3, 2, 2>>().tried) == 2);
    BOOST_TEST((check_fused<ConvTranspose<2, 3, 3>, Shape<2, 2, 2>>().tried) == 2);
    BOOST_TEST((check_fused<Tanh, Shape<3>>().tried) == 0);
    BOOST_TEST((check_fused<Linear<6, 4>, Shape<6>>().worst()) < 1e-12);
    BOOST_TEST((check_fused<BatchNorm<3>, Shape<3, 2, 2>>().worst()) < 1e-12);
}

BOOST_AUTO_TEST_CASE(a_layer_that_reads_what_it_claims_not_to_read_is_found) {
    static_assert(!reads_input<SaysItReadsNoInput> && !reads_output<SaysItReadsNoOutput> && reads_output<Tanh>);
    BOOST_TEST(!(check_reads<SaysItReadsNoInput, Shape<6>>()));
    BOOST_TEST(!(check_reads<SaysItReadsNoOutput, Shape<5>>()));
    BOOST_TEST(!(check_reads<ReadsInputWithoutDx, Shape<5>>()));
    BOOST_TEST((check_reads<Linear<6, 4>, Shape<6>>()));
    BOOST_TEST((check_reads<Tanh, Shape<5>>()));
    BOOST_TEST((check_reads<Dropout<0.5>, Shape<5>>()));
    BOOST_TEST((check_reads<BatchNorm<3>, Shape<3, 2, 2>>()));
    BOOST_TEST(!(check_fused<FusedWrongly<ForgetsThatItReads>, Shape<6>>().reads_as_claimed));
    BOOST_TEST((check_fused<Linear<6, 4>, Shape<6>>().reads_as_claimed));
}

BOOST_AUTO_TEST_CASE(what_folding_relies_on_is_found_false) {
    static_assert(ClaimsIdentity<SaysNothingHappens> && !ClaimsIdentity<Tanh>);
    static_assert(ClaimsAffine<WrongOffset, Shape<3, 2, 2>> && !ClaimsAffine<Linear<6, 4>, Shape<6>>);
    static_assert(ClaimsToAbsorb<ForgetsBias, Shape<6>> && !ClaimsToAbsorb<WrongOffset, Shape<3, 2, 2>>);
    BOOST_TEST(!(check_identity<SaysNothingHappens, Shape<5>>()));
    BOOST_TEST((check_identity<Dropout<0.5>, Shape<5>>()));
    BOOST_TEST((check_affine<WrongOffset, Shape<3, 2, 2>>()) > 0.1);
    BOOST_TEST((check_affine<BatchNorm<3>, Shape<3, 2, 2>>()) < 1e-6);
    BOOST_TEST((check_absorb<ForgetsBias, Shape<6>>()) > 0.1);
    BOOST_TEST((check_absorb<Linear<6, 4>, Shape<6>>()) < 1e-6);
}
