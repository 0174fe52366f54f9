// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE model.recording
#include <kiln/core/dual.hpp>
#include <kiln/core/dual_record.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/recording.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/samples.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <tuple>
#include <utility>

using namespace kiln;
using namespace kiln::laws;

namespace {

using In = Shape<1, 6, 6>;
using Net = Model<Sequential<Conv<1, 3, 3>, Tanh, Pool<2>, Sequential<Linear<12, 5>, Tanh>, Linear<5, 2>>, In>;

/// The derivative of sum_k dy_k y_k with respect to x_i, by a difference quotient in double.
template <class M>
double slope_by_differences(const M& model, const Tensor<float, In>& x, const Tensor<double, typename M::Output>& dy,
                            int i) {
    Instance<typename M::Body, In, double> net(1);
    const auto from = tensors<const float>(model.parameters());
    const auto to = tensors<double>(net.parameters);
    for (std::size_t k = 0; k < to.size(); ++k)
        for (int j = 0; j < to[k].count; ++j) to[k].data[j] = double(from[k].data[j]);
    const auto value = [&](double moved) {
        for (int j = 0; j < In::count; ++j) net.x.data[j] = double(x[j]) + (i == j ? moved : 0);
        net.forward();
        double sum = 0;
        for (int k = 0; k < M::Output::count; ++k) sum += net.y.data[k] * dy.data[k];
        return sum;
    };
    constexpr double step = 1e-5;
    return (value(step) - value(-step)) / (2 * step);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_recording_predicts_what_the_model_does) {
    const Net model{Seed{1}};
    const Samples<In> samples(3, 2, 2);
    Recording<Net> pass;
    for (const auto& input : samples.inputs) {
        pass.x = input;
        BOOST_TEST((pass.forward(model) == model.predict(input)));
    }
}

BOOST_AUTO_TEST_CASE(dx_is_the_difference_quotient_of_the_output) {
    const Net model{Seed{3}};
    Recording<Net> pass;
    pass.x = Samples<In>(1, 2, 4).inputs[0];
    pass.forward(model);
    Net::Gradients gradients{};
    Tensor<float, In> dx;
    pass.backward(model, {0.7f, -1.3f}, gradients, dx);
    for (int i = 0; i < In::count; ++i)
        BOOST_TEST(std::abs(double(dx[i]) - slope_by_differences(model, pass.x, {0.7, -1.3}, i)) < 1e-6);
    BOOST_TEST(magnitude(dx) > 0.01);
}

BOOST_AUTO_TEST_CASE(backward_adds_to_the_gradients_with_dx_and_without) {
    const Net model{Seed{5}};
    Recording<Net> pass;
    Recording<Net, float, Wanted::parameter_gradients> smaller;
    static_assert(sizeof smaller <= sizeof pass);
    pass.x = smaller.x = Samples<In>(1, 2, 6).inputs[0];
    pass.forward(model);
    smaller.forward(model);
    Net::Gradients once{}, twice{}, without{};
    Tensor<float, In> dx;
    pass.backward(model, {1, 2}, once, dx);
    pass.backward(model, {1, 2}, twice);
    pass.backward(model, {1, 2}, twice, dx);
    smaller.backward(model, {1, 2}, without);
    BOOST_TEST(record_distance<float>(without, once) < 1e-6);
    for (const Slice<float>& slice : tensors<float>(once)) {
        BOOST_TEST(magnitude(slice) > 0);
        for (float& value : slice) value *= 2;
    }
    BOOST_TEST(record_distance<float>(twice, once) < 1e-6);
}

// Two passes are alive at once, and backward comes in another order than forward.
BOOST_AUTO_TEST_CASE(recordings_do_not_know_of_each_other) {
    const Net model{Seed{7}};
    const Samples<In> samples(2, 2, 8);
    Recording<Net> a, b, alone;
    a.x = samples.inputs[0], b.x = samples.inputs[1];
    a.forward(model), b.forward(model);
    Net::Gradients together{}, apart{};
    a.backward(model, {1, 2}, together), b.backward(model, {3, 4}, together);
    for (const int i : {0, 1}) {
        alone.x = samples.inputs[static_cast<std::size_t>(i)];
        alone.forward(model);
        alone.backward(model, i == 0 ? Tensor<float, Shape<2>>{1, 2} : Tensor<float, Shape<2>>{3, 4}, apart);
    }
    BOOST_TEST(same_record(together, apart));
}

BOOST_AUTO_TEST_CASE(lanes_record_as_many_samples) {
    using E = Lanes<float, 8>;
    const Net model{Seed{9}};
    const Samples<In> samples(8, 2, 10);
    const auto lanes = std::make_unique<Recording<Net, E>>();
    Recording<Net> one;
    Net::Gradients of_lanes{}, of_each{};
    Tensor<E, In> dx;
    Tensor<float, In> dx_of_one;
    for (int l = 0; l < 8; ++l)
        for (int i = 0; i < In::count; ++i) set_lane(lanes->x[i], l, samples.inputs[static_cast<std::size_t>(l)][i]);
    lanes->forward(model);
    lanes->backward(model, {E(1.0f), E(-2.0f)}, of_lanes, dx);
    for (int l = 0; l < 8; ++l) {
        one.x = samples.inputs[static_cast<std::size_t>(l)];
        BOOST_TEST(distance(lane_of(lanes->y, l), one.forward(model)) < 1e-6);
        one.backward(model, {1, -2}, of_each, dx_of_one);
        BOOST_TEST(distance(lane_of(dx, l), dx_of_one) < 1e-5);
    }
    BOOST_TEST(record_distance<float>(of_lanes, of_each) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_recording_is_in_training_mode_and_settles_on_request) {
    using M = Model<Sequential<Dropout<0.5>, BatchNorm<1>>, In>;
    M model{Seed{11}};
    const M before = model;
    Recording<M> pass;
    pass.x = Samples<In>(1, 2, 12).inputs[0];
    const auto first = pass.forward(model, 1), again = pass.forward(model, 1), other = pass.forward(model, 2);
    BOOST_TEST((first == again));
    BOOST_TEST(!(first == other));
    BOOST_TEST(same_record(model.state(), before.state()));
    double mean = 0;
    for (const float value : first) mean += double(value) / In::count;
    BOOST_TEST(std::abs(mean) < 1e-6);  // normalised by the statistics of this pass
    BOOST_TEST(pass.settle(model));
    BOOST_TEST(!same_record(model.state(), before.state()));
}

BOOST_AUTO_TEST_CASE(a_state_that_would_not_be_finite_is_not_settled) {
    using M = Model<Sequential<BatchNorm<1>>, Shape<1, 1, 2>>;
    M model;
    const M before = model;
    Recording<M> pass;
    pass.x = {1e30f, -1e30f};
    pass.forward(model);
    BOOST_TEST(!pass.settle(model));
    BOOST_TEST(same_record(model.state(), before.state()));
}

namespace {
// In a constant expression as at run time.
constexpr Tensor<float, Shape<2>> slope_of_input() {
    using M = Model<Sequential<Linear<2, 3>, Tanh, Linear<3, 1>>, Shape<2>>;
    M model;
    model.initialize(Seed{13});
    Recording<M> pass;
    pass.x = {0.5f, -0.25f};
    pass.forward(model);
    M::Gradients gradients{};
    Tensor<float, Shape<2>> dx;
    pass.backward(model, {1}, gradients, dx);
    return dx;
}
}  // namespace
BOOST_AUTO_TEST_CASE(a_recording_works_while_compiling) {
    constexpr auto constant = slope_of_input();
    BOOST_TEST(distance(slope_of_input(), constant) < 1e-6);  // fused multiply-adds at run time
    BOOST_TEST(magnitude(constant) > 0);
}

// ---- Over dual numbers ----

namespace {
// The gradient of sum_k dy_k y_k, for parameters that have been moved by `step` times `direction`.
template <class M>
auto gradient_at(const M& model, const typename M::Parameters& direction, double step, const auto& x, const auto& dy) {
    Recording<M, double> pass;
    typename Recording<M, double>::Parameters parameters{};
    copy_record<double>(model.parameters(), parameters);
    const auto moved = tensors<double>(parameters);
    const auto along = tensors<const float>(direction);
    for (std::size_t k = 0; k < moved.size(); ++k)
        for (int i = 0; i < moved[k].count; ++i) moved[k].data[i] += step * double(along[k].data[i]);
    for (int i = 0; i < x.count; ++i) pass.x.data[i] = double(x.data[i]);
    pass.forward(parameters, Nothing{}, Pass{.training = true});
    typename Recording<M, double>::Gradients gradients{};
    Nothing nobody;
    pass.backward(parameters, Nothing{}, dy, gradients, nobody);
    return gradients;
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_recording_of_doubles_has_the_models_parameters) {
    const Net model{Seed{1}};
    Recording<Net, double> exact;
    Recording<Net> pass;
    pass.x = Samples<In>(1, 2, 2).inputs[0];
    for (int i = 0; i < In::count; ++i) exact.x.data[i] = double(pass.x.data[i]);
    BOOST_TEST(distance(pass.forward(model), exact.forward(model)) < 1e-6);
}

// In float, with sums of a few dozen products: 1e-5 of the largest.
using DualElements = std::tuple<Dual<float>, Dual<Lanes<float, 8>>, Dual<double>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(slopes_of_gradients_are_the_hessian_times_the_direction, E, DualElements) {
    const Net model{Seed{3}};
    Net::Parameters direction{};
    Random random{Seed{4}};
    fill_record<float>(direction, random, 1);
    const auto samples = Samples<In>(width<E>, 2, 5);
    Recording<Net, E> pass;
    Tensor<E, Shape<2>> dy;
    for (int l = 0; l < width<E>; ++l) {
        for (int i = 0; i < In::count; ++i) set_lane(pass.x.data[i], l, scalar_t<E>(samples.inputs[l].data[i]));
        set_lane(dy[0], l, scalar_t<E>(0.7)), set_lane(dy[1], l, scalar_t<E>(-1.3));
    }
    pass.forward(model, direction);
    typename Recording<Net, E>::Gradients gradients{};
    pass.backward(model, dy, gradients);
    Net::Gradients product{}, gradient{}, expected{};
    add_slopes<scalar_t<E>>(gradients, product);
    add_values<scalar_t<E>>(gradients, gradient);
    constexpr double step = 1e-4;
    const Tensor<double, Shape<2>> given{0.7, -1.3};
    for (int l = 0; l < width<E>; ++l) {
        const auto ahead = gradient_at(model, direction, step, samples.inputs[l], given);
        const auto behind = gradient_at(model, direction, -step, samples.inputs[l], given);
        const auto a = tensors<const double>(ahead), b = tensors<const double>(behind);
        const auto sum = tensors<float>(expected);
        for (std::size_t k = 0; k < sum.size(); ++k)
            for (int i = 0; i < sum[k].count; ++i)
                sum[k].data[i] += static_cast<float>((a[k].data[i] - b[k].data[i]) / (2 * step));
    }
    // The error is that of all tensors together: the last layer is linear, so its bias has no second derivative.
    double most = 0, error = 0;
    const auto found = tensors<const float>(product), wanted = tensors<const float>(expected);
    for (std::size_t k = 0; k < found.size(); ++k)
        for (int i = 0; i < found[k].count; ++i) {
            most = std::max(most, std::abs(double(wanted[k].data[i])));
            error = std::max(error, std::abs(double(found[k].data[i]) - double(wanted[k].data[i])));
        }
    BOOST_TEST(error <= 1e-5 * most);
    BOOST_TEST(most > 0.1);
}

// u(t) = model(t): forward gives u', and backward the gradient of any function of u and u'.
BOOST_AUTO_TEST_CASE(derivatives_with_respect_to_an_input_have_gradients) {
    using M = Model<Sequential<Linear<1, 6>, Tanh, Linear<6, 1>>, Shape<1>>;
    const M model{Seed{5}};
    using D = Dual<double>;
    Recording<M, D> pass;
    pass.x[0] = {0.4, 1};
    const D u = pass.forward(model)[0];
    constexpr double step = 1e-5;
    const auto at = [&](const auto& parameters, double t) {
        Recording<M, double> plain;
        plain.x[0] = t;
        return plain.forward(parameters, Nothing{}, Pass{.training = true})[0];
    };
    typename Recording<M, double>::Parameters parameters{};
    copy_record<double>(model.parameters(), parameters);
    BOOST_TEST(std::abs(u.value - at(parameters, 0.4)) < 1e-14);
    BOOST_TEST(std::abs(u.slope - (at(parameters, 0.4 + step) - at(parameters, 0.4 - step)) / (2 * step)) < 1e-9);

    // loss = (u' + u)²; its gradient, parameter by parameter.
    const auto loss = [&](const auto& moved) {
        Recording<M, D> again;
        again.x[0] = {0.4, 1};
        typename Recording<M, D>::Parameters dual{};
        const auto to = tensors<D>(dual);
        const auto from = tensors<const double>(moved);
        for (std::size_t k = 0; k < to.size(); ++k)
            for (int i = 0; i < to[k].count; ++i) to[k].data[i] = D(from[k].data[i]);
        const D v = again.forward(dual, Nothing{}, Pass{.training = true})[0];
        return (v.slope + v.value) * (v.slope + v.value);
    };
    typename Recording<M, D>::Gradients gradients{};
    const double rest = u.slope + u.value;
    pass.backward(model, {D(2 * rest, 2 * rest)}, gradients);  // the derivatives by u' and by u
    const auto found = tensors<const D>(gradients);
    const auto moved = tensors<double>(parameters);
    double most = 0;
    for (std::size_t k = 0; k < moved.size(); ++k)
        for (int i = 0; i < moved[k].count; ++i) {
            double& number = moved[k].data[i];
            const double before = number;
            number = before + step;
            const double up = loss(parameters);
            number = before - step;
            const double expected = (up - loss(parameters)) / (2 * step);
            number = before;
            BOOST_TEST(std::abs(found[k].data[i].slope - expected) < 1e-8);
            most = std::max(most, std::abs(expected));
        }
    BOOST_TEST(most > 0.1);
}

BOOST_AUTO_TEST_CASE(numbers_that_are_held_serve_several_passes) {
    Net model{Seed{8}};
    Net::Parameters direction = model.parameters();
    Recording<Net, Dual<float>> pass, other;
    pass.x = other.x = {};
    pass.hold(model, direction);
    other.forward(model, direction);
    set_zero<float>(model.parameters());  // no longer read
    for (int i = 0; i < 2; ++i) {
        pass.forward();
        for (int k = 0; k < 2; ++k) {
            BOOST_TEST(pass.y[k].value == other.y[k].value);
            BOOST_TEST(pass.y[k].slope == other.y[k].slope);
            BOOST_TEST(pass.y[k].slope != 0);
        }
    }
}

// The state of a recording of other numbers is the model's.
BOOST_AUTO_TEST_CASE(dual_numbers_see_running_averages) {
    using M = Model<Sequential<BatchNorm<2>, Linear<8, 1>>, Shape<2, 2, 2>>;
    M model{Seed{6}};
    Recording<M, Dual<Lanes<float, 4>>> pass;
    Recording<M, Lanes<float, 4>> plain;
    Random random{Seed{7}};
    fill(plain.x, random);
    for (int i = 0; i < 8; ++i) pass.x.data[i] = plain.x.data[i];
    pass.forward(model);
    plain.forward(model);
    for (int l = 0; l < 4; ++l) BOOST_TEST(std::abs(lane(pass.y[0], l).value - lane(plain.y[0], l)) < 1e-6f);
}
