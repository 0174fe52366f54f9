// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.axis
#include <kiln/core/lanes.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/axis.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;
using kernels::AxisSizes;

namespace {

template <class Number, int Outer, int Along, int Inner>
struct Size {
    using E = Number;
    static constexpr AxisSizes sizes{Outer, Along, Inner};
    static constexpr int lines = Outer * Inner, count = lines * Along;
    using Values = Tensor<E, Shape<count>>;
    using Results = Tensor<E, Shape<lines>>;
    /// The index of element k of a line.
    static constexpr int at(int line, int k) { return (line / Inner * Along + k) * Inner + line % Inner; }
};

// One element; lines of neighbours, with and without a rest behind the packs; packs of neighbouring lines.
using Cases = std::tuple<Size<float, 1, 1, 1>, Size<float, 3, 16, 1>, Size<float, 2, 37, 1>, Size<float, 2, 3, 1>,
                         Size<float, 2, 5, 16>, Size<float, 3, 4, 19>, Size<double, 2, 3, 4>,
                         Size<Lanes<float, 8>, 3, 5, 2>, Size<Lanes<float, 16>, 2, 7, 1>>;

template <class Case>
struct Data {
    typename Case::Values x, dx, y_of_x;
    typename Case::Results y, dy;
    Data() {
        Random random{Seed{5}};
        fill(x, random, 3);
        fill(dx, random, 3);
        fill(dy, random, 3);
        fill(y, random, 3);
        fill(y_of_x, random, 3);
    }
};

/// Calls f(line, lane, values of the line) and compares what it returns with the results.
template <class Case>
void require_results(const Data<Case>& data, auto f) {
    for (int line = 0; line < Case::lines; ++line)
        for (int l = 0; l < width<typename Case::E>; ++l) {
            double values[Case::sizes.along];
            for (int k = 0; k < Case::sizes.along; ++k) values[k] = lane(data.x[Case::at(line, k)], l);
            BOOST_REQUIRE_SMALL(double(lane(data.y[line], l)) - f(values), 1e-5);
        }
}
double sum_of(const double* values, int count) {
    double sum = 0;
    for (int k = 0; k < count; ++k) sum += values[k];
    return sum;
}

/// Whether dx is what `slope(line, k, lane)` says; and, added to what was there, that sum.
template <class Case>
void require_slopes(Data<Case>& data, auto set, auto add, auto slope) {
    const auto before = data.dx;
    add(data.dx);
    const auto sums = data.dx;
    set(data.dx);
    for (int line = 0; line < Case::lines; ++line)
        for (int k = 0; k < Case::sizes.along; ++k)
            for (int l = 0; l < width<typename Case::E>; ++l) {
                const int i = Case::at(line, k);
                const double expected = slope(line, k, l);
                BOOST_REQUIRE_SMALL(double(lane(data.dx[i], l)) - expected, 2e-6);
                BOOST_REQUIRE_SMALL(double(lane(sums[i], l)) - double(lane(before[i], l)) - expected, 2e-6);
            }
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(sum_over_axis_adds_and_its_adjoint_spreads, Case, Cases) {
    Data<Case> data;
    static constexpr AxisSizes S = Case::sizes;
    kernels::sum_over_axis<S>(data.x.data, data.y.data, 0.5f);
    require_results<Case>(data, [](const double* x) { return sum_of(x, S.along) / 2; });
    kernels::sum_over_axis<S>(data.x.data, data.y.data, Nothing{});
    require_results<Case>(data, [](const double* x) { return sum_of(x, S.along); });
    require_slopes<Case>(
        data, [&](auto& dx) { kernels::spread_over_axis<S, false>(data.dy.data, dx.data, 0.5f); },
        [&](auto& dx) { kernels::spread_over_axis<S, true>(data.dy.data, dx.data, 0.5f); },
        [&](int line, int, int l) { return double(lane(data.dy[line], l)) / 2; });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(largest_over_axis_gives_its_slope_to_the_largest, Case, Cases) {
    Data<Case> data;
    static constexpr AxisSizes S = Case::sizes;
    kernels::largest_over_axis<S>(data.x.data, data.y.data);
    require_results<Case>(data, [](const double* x) { return *std::max_element(x, x + S.along); });
    const auto run = [&]<bool Add>(std::bool_constant<Add>, auto& dx) {
        kernels::largest_over_axis_slope<S, Add>(data.x.data, data.y.data, data.dy.data, dx.data);
    };
    require_slopes<Case>(
        data, [&](auto& dx) { run(std::false_type{}, dx); }, [&](auto& dx) { run(std::true_type{}, dx); },
        [&](int line, int k, int l) {
            const bool is_largest = lane(data.x[Case::at(line, k)], l) == lane(data.y[line], l);
            return is_largest ? double(lane(data.dy[line], l)) : 0.0;
        });
}

BOOST_AUTO_TEST_CASE(largest_over_axis_gives_its_slope_to_one_of_equals) {
    const float x[] = {1, 2, 2}, y[] = {2}, dy[] = {3};
    float dx[3];
    kernels::largest_over_axis_slope<AxisSizes{1, 3, 1}, false>(x, y, dy, dx);
    BOOST_TEST((dx[0] == 0 && dx[1] == 3 && dx[2] == 0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(log_sum_exp_over_axis_has_softmax_as_its_slope, Case, Cases) {
    Data<Case> data;
    static constexpr AxisSizes S = Case::sizes;
    kernels::log_sum_exp_over_axis<S>(data.x.data, data.y.data, data.y_of_x.data);
    const auto y = data.y;
    kernels::log_sum_exp_over_axis<S>(data.x.data, data.y.data, Nothing{});
    for (int line = 0; line < Case::lines; ++line)
        for (int l = 0; l < width<typename Case::E>; ++l) BOOST_REQUIRE_EQUAL(lane(data.y[line], l), lane(y[line], l));
    require_results<Case>(data, [](const double* x) {
        double sum = 0;
        for (int k = 0; k < S.along; ++k) sum += std::exp(x[k]);
        return std::log(sum);
    });
    const auto run = [&]<bool Add>(std::bool_constant<Add>, auto& dx) {
        kernels::log_sum_exp_over_axis_slope<S, Add>(data.y_of_x.data, data.dy.data, dx.data);
    };
    require_slopes<Case>(
        data, [&](auto& dx) { run(std::false_type{}, dx); }, [&](auto& dx) { run(std::true_type{}, dx); },
        [&](int line, int k, int l) {
            return double(lane(data.dy[line], l)) *
                   std::exp(double(lane(data.x[Case::at(line, k)], l)) - double(lane(data.y[line], l)));
        });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(softmax_over_axis_sums_to_one_and_its_slopes_to_zero, Case, Cases) {
    Data<Case> data;
    static constexpr AxisSizes S = Case::sizes;
    auto& y = data.y_of_x;
    kernels::softmax_over_axis<S>(data.x.data, y.data);
    const auto given = data.x;  // stands for dy
    kernels::softmax_over_axis_slope<S, false>(y.data, given.data, data.dx.data);
    for (int line = 0; line < Case::lines; ++line)
        for (int l = 0; l < width<typename Case::E>; ++l) {
            double sum = 0, slopes = 0, mean = 0;
            for (int k = 0; k < S.along; ++k) {
                const int i = Case::at(line, k);
                const double probability = lane(y[i], l);
                sum += probability;
                slopes += lane(data.dx[i], l);
                mean += probability * double(lane(given[i], l));
                BOOST_REQUIRE_CLOSE(probability / double(lane(y[Case::at(line, 0)], l)),
                                    std::exp(double(lane(data.x[i], l)) - double(lane(data.x[Case::at(line, 0)], l))),
                                    1e-3);
            }
            BOOST_REQUIRE_SMALL(sum - 1, 1e-6);
            BOOST_REQUIRE_SMALL(slopes, 2e-6);
            for (int k = 0; k < S.along; ++k) {
                const int i = Case::at(line, k);
                const double slope = double(lane(y[i], l)) * (double(lane(given[i], l)) - mean);
                BOOST_REQUIRE_SMALL(double(lane(data.dx[i], l)) - slope, 2e-6);
            }
        }
    const auto before = data.dx;
    kernels::softmax_over_axis_slope<S, true>(y.data, given.data, data.dx.data);
    for (int i = 0; i < Case::count; ++i)
        for (int l = 0; l < width<typename Case::E>; ++l)
            BOOST_REQUIRE_SMALL(double(lane(data.dx[i], l)) - 2 * double(lane(before[i], l)), 2e-6);
}
