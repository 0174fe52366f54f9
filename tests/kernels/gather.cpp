// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.gather
#include <kiln/kernels/gather.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

/// Pixel i of sample l.
constexpr std::uint8_t pixel(int l, int i) { return static_cast<std::uint8_t>(37 * l + 101 * i); }

/// Gathers as many samples as E has lanes, in another order than they lie in memory, and compares every element.
template <class E, class T, class S>
bool gathers() {
    const float scale = 1.0f / 255;
    std::vector<Tensor<T, S>> samples(width<E>);
    std::array<const Tensor<T, S>*, width<E>> pointers{};
    for (int l = 0; l < width<E>; ++l) {
        const int place = (5 * l + 3) % width<E>;
        pointers[static_cast<std::size_t>(l)] = &samples[static_cast<std::size_t>(place)];
        for (int i = 0; i < S::count; ++i) samples[static_cast<std::size_t>(place)][i] = pixel(l, i);
    }
    Tensor<E, S> x;
    kernels::gather(pointers, scale, x);
    for (int l = 0; l < width<E>; ++l)
        for (int i = 0; i < S::count; ++i)
            if (lane(x[i], l) != static_cast<scalar_t<E>>(static_cast<float>(pixel(l, i)) * scale)) return false;
    return true;
}

template <class E>
bool gathers_all_shapes() {
    return gathers<E, std::uint8_t, Shape<1>>() && gathers<E, std::uint8_t, Shape<15>>() &&
           gathers<E, std::uint8_t, Shape<16>>() && gathers<E, std::uint8_t, Shape<3, 5, 7>>() &&
           gathers<E, std::uint8_t, Shape<1, 28, 28>>() && gathers<E, float, Shape<1>>() &&
           gathers<E, float, Shape<17>>() && gathers<E, float, Shape<2, 4, 8>>() && gathers<E, float, Shape<3, 5, 7>>();
}

}  // namespace

using Elements = std::tuple<float, double, Lanes<float, 2>, Lanes<float, 4>, Lanes<float, 8>, Lanes<float, 16>,
                            Lanes<float, 32>, Lanes<double, 4>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(gather_puts_every_sample_into_its_lane, E, Elements) {
    BOOST_TEST(gathers_all_shapes<E>());
}

BOOST_AUTO_TEST_CASE(gather_takes_one_sample_into_several_lanes) {
    const Tensor<std::uint8_t, Shape<3>> a{1, 2, 3}, b{40, 50, 60};
    Tensor<Lanes<float, 4>, Shape<3>> x;
    kernels::gather(std::array{&a, &b, &a, &a}, 2.0f, x);
    BOOST_TEST((lane_of<float>(x, 0) == Tensor<float, Shape<3>>{2, 4, 6}));
    BOOST_TEST((lane_of<float>(x, 1) == Tensor<float, Shape<3>>{80, 100, 120}));
    BOOST_TEST((lane_of<float>(x, 3) == lane_of<float>(x, 0)));
}

BOOST_AUTO_TEST_CASE(gather_reads_pixels_as_unsigned) {
    const Tensor<std::uint8_t, Shape<20>> white{255, 128, 127, 255, 255, 255, 255, 255, 255, 255,
                                                255, 255, 255, 255, 255, 255, 255, 255, 255, 200};
    Tensor<Lanes<float, 16>, Shape<20>> x;
    std::array<const Tensor<std::uint8_t, Shape<20>>*, 16> samples{};
    samples.fill(&white);
    kernels::gather(samples, 1.0f, x);
    for (int i = 0; i < 20; ++i)
        for (int l = 0; l < 16; ++l) BOOST_TEST(lane(x[i], l) == float(white[i]));
}

BOOST_AUTO_TEST_CASE(views_into_a_series_are_gathered_as_tensors_are) {
    float series[20];
    for (int i = 0; i < 20; ++i) series[i] = static_cast<float>(i);
    std::array<TensorView<float, Shape<3>>, 4> windows;
    for (int l = 0; l < 4; ++l) windows[static_cast<std::size_t>(l)] = {series + 5 * l + 1};  // aligned to nothing
    Tensor<Lanes<float, 4>, Shape<3>> x;
    kernels::gather(windows, 2.0f, x);
    for (int l = 0; l < 4; ++l)
        for (int i = 0; i < 3; ++i) BOOST_TEST(lane(x[i], l) == static_cast<float>(2 * (5 * l + 1 + i)));
}

BOOST_AUTO_TEST_CASE(tokens_and_labels_of_frames_are_gathered_unscaled) {
    const std::uint8_t text[] = {3, 250, 7, 9};
    const std::array<TensorView<std::uint8_t, Tokens<256, 2>>, 2> windows{{{text}, {text + 1}}};
    Tensor<Lanes<float, 2>, Tokens<256, 2>> x;
    kernels::gather(windows, 0.5f, x);
    BOOST_TEST((lane(x[0], 0) == 3 && lane(x[1], 0) == 250 && lane(x[0], 1) == 250 && lane(x[1], 1) == 7));
    const Tensor<std::int8_t, Shape<2>> labels[] = {{-1, 5}, {100, 0}};
    Tensor<Lanes<int, 2>, Shape<2>> targets;
    kernels::gather_integers(std::array{&labels[0], &labels[1]}, targets);
    BOOST_TEST((lane(targets[0], 0) == -1 && lane(targets[1], 0) == 5 && lane(targets[0], 1) == 100));
}
