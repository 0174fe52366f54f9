// SPDX-License-Identifier: BSL-1.0
// Second derivatives of every layer, of networks with fused layers and branches, and of losses.
#define BOOST_TEST_MODULE laws.second_derivatives
#include <kiln.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/second.hpp"
#include "laws/wired_networks.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

struct Swish {
    constexpr auto operator()(const auto& x) const { return x / (1 + math::exp(-x)); }
};
struct Leaky {
    constexpr auto operator()(const auto& x) const { return math::max(x, x * 0.25); }
};

// Layers that the lists of laws/networks.hpp do not have.
using OtherLayers = std::tuple<
    On<Conv<4, 6, 3, 1, 1, 2>, Shape<4, 4, 5>>, On<Conv<2, 3, 3, 1, 1, 1, Bias::none>, Shape<2, 4, 4>>,
    On<Linear<6, 5, Bias::none>, Shape<6>>, On<ConvTranspose<2, 3, 3>, Shape<2, 3, 3>>,
    On<ConvTranspose<2, 3, 3, 2, 1, 1>, Shape<2, 3, 4>>, On<AveragePool<2>, Shape<2, 4, 6>>,
    On<AveragePool<3, 1, 1>, Shape<2, 4, 4>>, On<GlobalAveragePool, Shape<3, 4, 5>>, On<Upsample<2>, Shape<2, 3, 3>>,
    On<BatchNorm<2>, Shape<2, 3, 4>>, On<LayerNorm<7>, Shape<7>>, On<LayerNorm<4>, Shape<3, 4>>,
    On<Dropout<0.5>, Shape<12>>, On<Softmax, Shape<5>>, On<LogSoftmax, Shape<5>>, On<Standardize, Shape<4>>,
    On<Unstandardize, Shape<4>>, On<LeakyReLU<>, Shape<2, 7>>, On<ELU<>, Shape<15>>, On<GELU, Shape<15>>,
    On<SiLU, Shape<15>>, On<Sigmoid, Shape<15>>, On<Softplus, Shape<15>>, On<HardSwish, Shape<15>>,
    On<Activation<Swish>, Shape<15>>, On<Activation<Leaky>, Shape<15>>, On<Initialized<Linear<4, 3>, He>, Shape<4>>,
    On<Reshape<2, 6>, Shape<12>>, On<Conv1d<3, 4, 3, 2, 1>, Shape<7, 3>>, On<CausalConv1d<2, 3, 3, 2>, Shape<6, 2>>,
    On<Pool1d<2>, Shape<5, 2>>, On<AveragePool1d<3, 2>, Shape<7, 2>>, On<MeanOverTime, Shape<5, 2>>,
    On<MaxOverTime, Shape<5, 2>>, On<Each<Linear<3, 4>>, Shape<5, 3>>, On<Each<Softmax>, Shape<3, 4>>,
    On<Attention<2>, Shape<4, 6>>, On<CausalAttention<1>, Shape<5, 3>>, On<Position<4, 3>, Shape<4, 3>>,
    On<WaveNet<2, WaveNetStack<3, 2, 2, Dilations<1, 2>, Tanh, Gates::sigmoid>,
               WaveNetStack<2, 1, 2, Dilations<1, 2>, SiLU>>,
       Shape<4, 2>>>;
using Products =
    Graph<Input<"x">, Node<"a", Reshape<3, 4>, "x">, Node<"b", Tanh, "a">, Node<"ab", MatMulTransposed, "a", "b">,
          Node<"ba", MatMul, "ab", "b">, Node<"c", TransposedMatMul, "ba", "a">, Output<"c">>;
using MoreNetworks =
    std::tuple<On<Sequential<Conv<2, 3, 3>, BatchNorm<3>, ReLU, Linear<72, 2>>, Shape<2, 6, 8>>,
               On<Sequential<Conv<2, 3, 3>, Activation<Leaky>, Pool<2>, Linear<18, 2>>, Shape<2, 6, 8>>,
               On<Sequential<Linear<5, 19>, Activation<Swish>, Linear<19, 3>>, Shape<5>>, On<Block, Image>,
               On<Down, Image>, On<Gate, Shape<6>>, On<Inception, Image>, On<FanOut, Shape<5>>, On<SharedConv, Image>,
               On<SharedChain, Shape<5>>, On<SharedHead, Image>, On<Frozen<Linear<4, 4>>, Shape<4>>, On<Norms, Image>,
               On<Products, Shape<12>>>;
using All = Joined<AllLayers, OtherLayers, HandWrittenNetworks, FusedNetworks, MoreNetworks>;

}  // namespace

// In double a central difference at 1e-5 is off by 1e-10 of third derivatives, and by 1e-11 for roundings. In float sums
// of some hundred products are off by 1e-5, and those behind BatchNorm by ten times as much, because it divides by small
// deviations. Seed 2, because with seed 1 two pixels of a pooled window are as close as the step.
BOOST_AUTO_TEST_CASE_TEMPLATE(backward_over_dual_numbers_gives_second_derivatives, Case, All) {
    const auto exact = check_second<typename Case::Layer, typename Case::Input, double>(2);
    BOOST_TEST(exact.value <= 1e-8);
    BOOST_TEST(exact.slope <= 1e-6);
    BOOST_TEST(exact.size > 1e-3);
    const auto single = check_second<typename Case::Layer, typename Case::Input, float>(2);
    BOOST_TEST(single.value <= 5e-4);
    BOOST_TEST(single.slope <= 5e-3);
}

using InLanes =
    Joined<LinearLayers, ConvLayers,
           std::tuple<On<ConvTranspose<2, 3, 3, 2, 1, 1>, Shape<2, 3, 4>>, On<AveragePool<3, 1, 1>, Shape<2, 4, 4>>,
                      On<LayerNorm<4>, Shape<3, 4>>, On<Dropout<0.5>, Shape<12>>, On<LogSoftmax, Shape<5>>,
                      On<CausalConv1d<2, 3, 3, 2>, Shape<6, 2>>, On<Each<Linear<20, 40>>, Shape<5, 20>>,
                      On<Activation<Swish>, Shape<15>>, On<Sequential<Conv<1, 3, 3>, ReLU, Pool<2>>, Shape<1, 8, 6>>,
                      On<WaveNet<1, WaveNetStack<3, 2, 2, Dilations<1, 2>, Tanh, Gates::sigmoid>>, Shape<4, 1>>,
                      On<SharedConv, Image>, On<Products, Shape<12>>, On<CausalAttention<2>, Shape<5, 6>>>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(dual_numbers_in_lanes_are_those_of_each_sample, Case, InLanes) {
    BOOST_TEST((check_second_in_lanes<typename Case::Layer, typename Case::Input>(1)) <= 1e-5);
}

// ---- Losses: the loss of moving outputs has the slope dy · y', and dy has that of the second derivative.

namespace {
template <class L, class Out>
void require_second_law_of_loss(const L& loss, auto target) {
    constexpr double step = 1e-5;
    Tensor<double, Out> ahead, behind, dy_ahead, dy_behind;
    Tensor<Dual<double>, Out> y, dy;
    Random random{Seed{3}};
    for (int i = 0; i < Out::count; ++i) {
        const double at = double(random.uniform(-2, 2)), direction = double(random.uniform(-1, 1));
        y.data[i] = {at, direction};
        ahead.data[i] = at + step * direction;
        behind.data[i] = at - step * direction;
    }
    const auto of = [&]<class E>(std::type_identity<E>) {
        Targets<L, Out, E> targets{};
        target(targets);
        return targets;
    };
    const auto still = of(std::type_identity<double>{});
    const double up = loss(ahead, still, 0.5, dy_ahead), down = loss(behind, still, 0.5, dy_behind);
    const Dual<double> value = loss(y, of(std::type_identity<Dual<double>>{}), Dual<double>(0.5), dy);
    BOOST_TEST(std::abs(value.value - (up + down) / 2) <= 1e-9);
    BOOST_TEST(std::abs(value.slope - (up - down) / (2 * step)) <= 1e-8);
    double size = 0;
    for (int i = 0; i < Out::count; ++i) {
        BOOST_TEST(std::abs(dy.data[i].value - (dy_ahead.data[i] + dy_behind.data[i]) / 2) <= 1e-9);
        BOOST_TEST(std::abs(dy.data[i].slope - (dy_ahead.data[i] - dy_behind.data[i]) / (2 * step)) <= 1e-8);
        size = std::max(size, std::abs(dy.data[i].value));
    }
    BOOST_TEST(size > 0.01);
}
}  // namespace

BOOST_AUTO_TEST_CASE(losses_have_second_derivatives) {
    using Out = Shape<5>;
    const auto label = [](auto& targets) { targets[0] = 3; };
    const auto values = [](auto& targets) {
        for (int i = 0; i < 5; ++i) targets[i] = 0.1 + 0.15 * i;
    };
    require_second_law_of_loss<CrossEntropy, Out>({}, label);
    require_second_law_of_loss<CrossEntropy, Out>({.label_smoothing = 0.1f}, label);
    require_second_law_of_loss<Hinge, Out>({}, label);
    require_second_law_of_loss<MeanSquaredError, Out>({}, values);
    require_second_law_of_loss<MeanAbsoluteError, Out>({}, values);
    require_second_law_of_loss<Huber, Out>({}, values);
    require_second_law_of_loss<BinaryCrossEntropy, Out>({}, values);
    require_second_law_of_loss<KLDivergence, Out>({}, values);
}
