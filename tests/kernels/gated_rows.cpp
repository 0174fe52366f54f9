// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.gated_rows
#include <kiln/core/math.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/gated_rows.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/softmax.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/numbers.hpp"

#include <cmath>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

static_assert(kernels::ElementActivation<Tanh> && kernels::ElementActivation<SiLU> && kernels::SelfGated<HardSwish>);
static_assert(!kernels::ElementActivation<Softmax> && !kernels::SelfGated<Tanh>);

namespace {

constexpr int channels = 2, frames = 5;
using Elements = std::tuple<float, double, Lanes<float, 16>>;

double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double of(Tanh, double x) { return std::tanh(x); }
double of(SiLU, double x) { return x * logistic(x); }
double slope(Tanh, double x) { return 1 - std::tanh(x) * std::tanh(x); }
double slope(SiLU, double x) { return logistic(x) + x * logistic(x) * logistic(-x); }

template <class A, bool IsGated, class E>
void require_formula() {
    constexpr int rows = IsGated ? 2 * channels : channels, block = kernels::ChannelRow<E>::block;
    Tensor<E, Shape<rows, block>> z, given;
    Tensor<E, Shape<channels, block>> sums, before;
    Tensor<E, Shape<frames, rows>> tape, dz;
    Tensor<E, Shape<frames, channels>> again, da, more;
    Random random{Seed{1}};
    fill_random(z, random);
    fill_random(sums, random);
    fill_random(da, random);
    fill_random(more, random);
    given = z;
    before = sums;
    kernels::activate_rows<A, channels, IsGated>(z.data, sums.data, tape.data, frames);
    kernels::activate_kept<A, channels, IsGated>(tape.data, again.data, frames);
    kernels::activation_slopes<A, channels, IsGated>(tape.data, da.data, more.data, dz.data, frames);
    const int l = width<E> - 1;
    const auto close = [](double a, double b) { return std::abs(a - b) < 1e-6; };  // roundings of numbers below 2
    for (int t = 0; t < frames; ++t)
        for (int c = 0; c < channels; ++c) {
            const double x = double(lane(given(c, t), l)),
                         gate = IsGated ? logistic(double(lane(given(rows - channels + c, t), l))) : 1,
                         a = of(A{}, x) * gate, slope_of_a = double(lane(da(t, c), l)) + double(lane(more(t, c), l));
            BOOST_TEST(close(double(lane(z(c, t), l)), a));
            BOOST_TEST(close(double(lane(again(t, c), l)), a));
            BOOST_TEST(close(double(lane(sums(c, t), l)), double(lane(before(c, t), l)) + a));
            BOOST_TEST(close(double(lane(dz(t, c), l)), slope_of_a * gate * slope(A{}, x)));
            if (IsGated)
                BOOST_TEST(
                    close(double(lane(dz(t, rows - channels + c), l)), slope_of_a * of(A{}, x) * gate * (1 - gate)));
        }
    z = given;
    kernels::activate_rows<A, channels, IsGated>(z.data, before.data, Nothing{}, frames);
    for (int c = 0; c < channels; ++c)
        for (int t = 0; t < frames; ++t) BOOST_TEST(lane(before(c, t), l) == lane(sums(c, t), l));
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(activations_and_gates_follow_their_formula, E, Elements) {
    require_formula<Tanh, false, E>();
    require_formula<Tanh, true, E>();
    require_formula<SiLU, false, E>();
    require_formula<SiLU, true, E>();
}
