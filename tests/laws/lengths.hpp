// SPDX-License-Identifier: BSL-1.0
#pragma once
// The law of lengths (core/contract/stream.hpp). Sixteen samples of up to T frames of F numbers, in lanes. Each lane has
// the outputs and slopes, bit for bit, that its sample has in a layer whose T is the sample's length; the slopes of the
// padding are zero, and so the padding's numbers change nothing.

#include <kiln/core/lanes.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace kiln::laws {

/// Numbers in which lanes of various lengths differ from samples of those lengths.
struct LengthsReport {
    int outputs = 0, slopes = 0, padding = 0;
    double gradients = 0;  ///< the largest difference of their sum, relative to the largest
};

namespace detail {

inline constexpr int lanes = 16;

// The first numbers of a tensor of sequences, or all of another tensor, as those of another shape.
template <class To, class From>
void copy_start(const From& from, To& to) {
    for (int i = 0; i < to.count; ++i) to[i] = from[i];
}

template <class L, int T, int F, int Length, class All, class Sum>
void compare_length(const All& all, LengthsReport& report, Sum& gradients) {
    using E = Lanes<float, lanes>;
    const auto own = std::make_unique<Instance<L, Shape<Length, F>, E>>(1);
    own->parameters = all.parameters;
    copy_start(all.x, own->x);
    copy_start(all.dy, own->dy);
    const auto has_length = [&](int l) { return all.lengths[l] == Length; };
    for (E& slope : own->dy)
        for (int l = 0; l < lanes; ++l)
            if (!has_length(l)) set_lane(slope, l, 0.0f);
    own->forward();
    own->backward();
    const auto to = tensors<float>(gradients), from = tensors<float>(own->gradients);
    for (std::size_t k = 0; k < to.size(); ++k)
        for (int i = 0; i < to[k].count; ++i) to[k].data[i] += from[k].data[i];
    for (int l = 0; l < lanes; ++l) {
        if (!has_length(l)) continue;
        for (int i = 0; i < own->y.count; ++i) report.outputs += lane(own->y[i], l) != lane(all.y[i], l);
        for (int i = 0; i < own->dx.count; ++i) report.slopes += lane(own->dx[i], l) != lane(all.dx[i], l);
        for (int i = own->dx.count; i < T * F; ++i) report.padding += lane(all.dx[i], l) != 0;
    }
}

}  // namespace detail

/// Compares layer L on sequences of up to T frames of F numbers.
template <class L, int T, int F>
LengthsReport check_lengths() {
    using E = Lanes<float, detail::lanes>;
    using Layer = Instance<L, Shape<T, F>, E>;
    const auto all = std::make_unique<Layer>(2);
    std::array<int, detail::lanes> lengths;
    for (int l = 0; l < detail::lanes; ++l) lengths[static_cast<std::size_t>(l)] = 1 + l * 5 % T;
    all->lengths = lengths.data();
    if constexpr (Layer::Out::extents[0] == T) {  // a sequence, whose padding nobody reads
        constexpr int frame = Layer::Out::count / T;
        for (int l = 0; l < detail::lanes; ++l)
            for (int i = lengths[static_cast<std::size_t>(l)] * frame; i < all->dy.count; ++i)
                set_lane(all->dy[i], l, 0.0f);
    }
    all->forward();
    all->backward();
    LengthsReport report;
    typename Layer::Parameters gradients{};
    [&]<int... Before>(std::integer_sequence<int, Before...>) {
        (detail::compare_length<L, T, F, Before + 1>(*all, report, gradients), ...);
    }
    (std::make_integer_sequence<int, T>{});
    report.gradients = record_distance<float>(all->gradients, gradients);
    return report;
}

/// The law. Gradients are sums over lanes and frames in another order.
template <class L, int T, int F>
void require_lengths_law() {
    const LengthsReport report = check_lengths<L, T, F>();
    BOOST_TEST(report.outputs == 0);
    BOOST_TEST(report.slopes == 0);
    BOOST_TEST(report.padding == 0);
    BOOST_TEST(report.gradients <= 5e-6);
}

}  // namespace kiln::laws
