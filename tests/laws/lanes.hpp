// SPDX-License-Identifier: BSL-1.0
#pragma once
// The lanes law. A pass over L samples at once gives each lane the results of a pass over that sample alone, as a
// scalar. The pass adds the sums over the samples to the gradients.

#include <kiln/core/lanes.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"
#include "laws/networks.hpp"

#include <algorithm>
#include <tuple>

namespace kiln::laws {

/// A layer on an input shape, over elements E.
template <class E, class Case>
struct Over {
    using Element = E;
    using Layer = typename Case::Layer;
    using Input = typename Case::Input;
};

namespace detail {
template <class E, class... Case>
auto over(const std::tuple<Case...>&) -> std::tuple<Over<E, Case>...>;
}
/// Every layer of a list, over elements E.
template <class E, class List>
using AllOver = decltype(detail::over<E>(std::declval<List>()));

/// Largest differences between lanes and scalars, each relative to the largest value of its tensor.
struct LanesReport {
    double y = 0, dx = 0, gradients = 0;
    bool adds_once = false;  ///< whether another pass gives exactly twice the gradients, with dx and without
};

namespace detail {
/// Whether forward and backward, run again by `run`, give exactly twice the gradients. (Backward may overwrite the tape.)
template <class Layer>
bool adds_once(Layer& layer, void (Layer::*run)()) {
    using S = typename Layer::Scalar;
    layer.gradients = {};
    layer.forward();
    (layer.*run)();
    auto twice = layer.gradients;
    for (const Slice<S>& slice : tensors<S>(twice))
        for (S& value : slice) value *= 2;
    layer.forward();
    (layer.*run)();
    return record_distance<S>(layer.gradients, twice) == 0;
}
}  // namespace detail

template <class Case>
LanesReport check_lanes(std::uint64_t seed) {
    using E = typename Case::Element;
    using S = scalar_t<E>;
    LanesReport report;

    Instance<typename Case::Layer, typename Case::Input, E> lanes(seed);
    lanes.forward();
    lanes.backward();

    Instance<typename Case::Layer, typename Case::Input, S> one(seed);
    one.parameters = lanes.parameters;
    for (int l = 0; l < width<E>; ++l) {
        one.x = lane_of<S>(lanes.x, l);
        one.dy = lane_of<S>(lanes.dy, l);
        one.first_sample = l;
        one.forward();
        one.backward();
        report.y = std::max(report.y, distance(lane_of(lanes.y, l), one.y));
        if constexpr (!kiln::detail::is_tokens<typename Case::Input>)
            report.dx = std::max(report.dx, distance(lane_of(lanes.dx, l), one.dx));
    }
    report.gradients = record_distance<S>(lanes.gradients, one.gradients);
    using Layer = Instance<typename Case::Layer, typename Case::Input, E>;
    report.adds_once =
        detail::adds_once(lanes, &Layer::backward) && detail::adds_once(lanes, &Layer::backward_without_dx);
    return report;
}

/// A layer over elements E, and how exact it has to be, relative to the largest value of each tensor.
template <class Case>
void require_lanes_law(double tolerance) {
    const LanesReport report = check_lanes<Case>(1);
    BOOST_TEST(report.y <= tolerance);
    BOOST_TEST(report.dx <= tolerance);
    BOOST_TEST(report.gradients <= tolerance);
    BOOST_TEST(report.adds_once);
    BOOST_TEST_MESSAGE("lanes error " << std::max({report.y, report.dx, report.gradients}));
}

}  // namespace kiln::laws
