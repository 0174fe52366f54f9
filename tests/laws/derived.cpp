// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE laws.derived
#include <kiln/core/lanes.hpp>
#include <kiln/io/describe.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv_transpose.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/initialized.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/model/fold.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <cstddef>
#include <tuple>
#include <type_traits>

// A layer derived from one of the library's, with a forward of its own, inherits the claims of its base. In a network
// it must nevertheless compute its own forward: in training, in inference and folded; and it is not exported.

using namespace kiln;
using namespace kiln::laws;

namespace {

/// Base layer L, followed by y = 2 y + 1.
template <class L>
struct Changed : L {
    static constexpr void forward(const auto& x, auto& y, auto at) {
        L::forward(x, y, at);
        for (auto& value : y) value = value + value + one(y);
    }
    static constexpr void backward(const auto& x, const auto& y, const auto& dy, auto& dx, auto at) {
        auto inner_y = y;
        for (auto& value : inner_y) value = (value - one(y)) / (one(y) + one(y));
        auto inner_dy = dy;
        for (auto& value : inner_dy) value = value + value;
        L::backward(x, inner_y, inner_dy, dx, at);
    }

  private:
    template <class E, class S>
    static constexpr E one(const Tensor<E, S>&) {
        return E(scalar_t<E>(1));
    }
};

/// A rectifier by name alone, whose inherited claims describe another function.
struct Negated : ReLU {
    template <class E>
    static constexpr E value(const E& x) {
        return -x;
    }
    template <class E>
    static constexpr E slope(const E&, const E& dy) {
        return -dy;
    }
};

/// Layers that change nothing of their base, and one that declares so.
struct Alias : Linear<4, 3> {};
struct Constructed : Linear<4, 3> {
    Constructed() = default;
};
struct Named : Linear<4, 3> {
    using claims_of = Named;
};
struct OfNamed : Named {};
struct NamedNet : Sequential<Linear<4, 3>, ReLU> {
    using claims_of = NamedNet;
};

// Claims count for a layer without bases or with `claims_of`, and for no layer derived from it.
template <class... Layers>
inline constexpr bool all_make_claims = (... && MakesClaims<Layers>);
template <class... Layers>
inline constexpr bool some_make_claims = (... || MakesClaims<Layers>);
static_assert(
    all_make_claims<Linear<4, 3>, Conv<1, 2, 3>, ConvTranspose<1, 2, 3>, ReLU, LeakyReLU<>, Flatten, Reshape<2>,
                    Pool<2>, Dropout<>, BatchNorm<3>, Sequential<>, Sequential<Alias>, Named, NamedNet>);
static_assert(!some_make_claims<Alias, Constructed, OfNamed, Negated, Changed<ReLU>, Changed<Flatten>, Changed<Pool<2>>,
                                Changed<Sequential<ReLU>>, Changed<NamedNet>, int>);
static_assert(all_make_claims<Initialized<Linear<4, 3>, He>, Initialized<ReLU, He>, Initialized<Named, He>>);
static_assert(!some_make_claims<Initialized<Alias, He>, Changed<Initialized<ReLU, He>>, Initialized<Negated, He>>);

// A layer that names itself in `claims_of` is fused, folded and described like its base.
static_assert(Sequential<Named, ReLU>::stage_count<Shape<4>> == 1 &&
              Sequential<Alias, ReLU>::stage_count<Shape<4>> == 2);
static_assert(std::is_same_v<folded_t<Sequential<Named, BatchNorm<3>>, Shape<4>>, Sequential<Named>>);
static_assert(io::Described<Named, Shape<4>> && io::Described<NamedNet, Shape<4>>);

/// A network, and the same with each layer in a Sequential of its own, which no other layer can see into.
template <class I, class... Layers>
struct Case {
    using In = I;
    using Net = Sequential<Layers...>;
    using Apart = Sequential<Sequential<Layers>...>;
};

}  // namespace

// fused, value, slope, monotone, max_pool_window
using Fusion = std::tuple<
    Case<Shape<4>, Changed<Linear<4, 3>>, ReLU>, Case<Shape<1, 6, 6>, Changed<Conv<1, 2, 3>>, ReLU>,
    Case<Shape<1, 6, 6>, Changed<Conv<1, 2, 3>>, ReLU, Pool<2>>, Case<Shape<1, 6, 6>, Changed<Conv<1, 2, 3>>, Pool<2>>,
    Case<Shape<2, 3, 3>, Changed<ConvTranspose<2, 3, 3>>, Tanh>,
    Case<Shape<4>, Initialized<Changed<Linear<4, 3>>, He>, ReLU>, Case<Shape<4>, Linear<4, 3>, Changed<ReLU>>,
    Case<Shape<4>, Linear<4, 3>, Negated>, Case<Shape<1, 6, 6>, Conv<1, 2, 3>, Negated, Pool<2>>,
    Case<Shape<1, 6, 6>, Conv<1, 2, 3>, Changed<Pool<2>>>, Case<Shape<1, 6, 6>, Conv<1, 2, 3>, Changed<Pool<2>>, ReLU>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(a_derived_layer_is_not_fused, C, Fusion) {
    using E = Lanes<float, 4>;
    Instance<typename C::Net, typename C::In, E> net(1);
    Instance<typename C::Apart, typename C::In, E> apart(1);  // the same numbers
    net.forward();
    net.backward();
    apart.forward();
    apart.backward();
    for (int l = 0; l < width<E>; ++l) {  // sums of up to 18 products in another order, of 6e-8 each
        BOOST_TEST(distance(lane_of(net.y, l), lane_of(apart.y, l)) <= 1e-6);
        BOOST_TEST(distance(lane_of(net.dx, l), lane_of(apart.dx, l)) <= 2e-6);
        BOOST_TEST(magnitude(lane_of(net.dx, l)) > 0);
    }
    const auto gradients = tensors<float>(net.gradients), expected = tensors<float>(apart.gradients);
    for (std::size_t k = 0; k < expected.size(); ++k) BOOST_TEST(distance(gradients[k], expected[k]) <= 2e-6);
    net.infer();
    apart.infer();
    for (int l = 0; l < width<E>; ++l) BOOST_TEST(distance(lane_of(net.y, l), lane_of(apart.y, l)) <= 1e-6);
}

// The claims that `fold` reads: absorb, as_affine, identity_in_inference, and the claims of Initialized and Sequential.
using Folding = std::tuple<
    Case<Shape<4>, Changed<Linear<4, 3>>, BatchNorm<3>>, Case<Shape<1, 6, 6>, Changed<Conv<1, 2, 3>>, BatchNorm<2>>,
    Case<Shape<2, 3, 3>, Changed<ConvTranspose<2, 3, 3>>, BatchNorm<3>>,
    Case<Shape<4>, Linear<4, 3>, Changed<BatchNorm<3>>>, Case<Shape<4>, Linear<4, 3>, Changed<Dropout<>>, BatchNorm<3>>,
    Case<Shape<4>, Changed<Initialized<Linear<4, 3>, He>>>,
    Case<Shape<4>, Initialized<Changed<Linear<4, 3>>, He>, BatchNorm<3>>,
    Case<Shape<4>, Linear<4, 3>, Changed<Sequential<Dropout<>>>>,
    Case<Shape<4>, Linear<4, 3>, Changed<Sequential<Linear<3, 3>, BatchNorm<3>>>>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(a_derived_layer_is_not_folded, C, Folding) {
    static Model<typename C::Net, typename C::In> model{Seed{1}};
    Random random{Seed{2}};
    fill_record<float>(model.parameters(), random);
    for (const Slice<float>& slice : tensors<float>(model.state()))
        for (float& value : slice) value = random.uniform(0.2f, 2.0f);
    Tensor<float, typename C::In> x;
    fill(x, random);
    const auto expected = model.predict(x);
    BOOST_TEST(distance(fold(model).predict(x), expected) <= 1e-5);
    BOOST_TEST(magnitude(expected) > 0.01);
}

// describe
using Describing = std::tuple<Linear<4, 3>, ReLU, LeakyReLU<>, Dropout<>, Flatten, Reshape<4>,
                              Initialized<Linear<4, 3>, He>, Sequential<ReLU>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(a_derived_layer_is_not_exported, L, Describing) {
    static_assert(io::Described<L, Shape<4>> && !io::Described<Changed<L>, Shape<4>>);
    static_assert(Layer<Changed<L>, Shape<4>>);
    using Verdict =
        std::remove_cv_t<decltype(io::detail::description_verdict<Model<Sequential<ReLU, Changed<L>>, Shape<4>>>())>;
    BOOST_TEST((std::is_same_v<Verdict, not_described<layer<1>, Changed<L>, missing<member::claims_of>>>));
}
