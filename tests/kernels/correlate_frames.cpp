// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.correlate_frames
#include <kiln/core/math.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/correlate_frames.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/numbers.hpp"
#include "laws/instance.hpp"

#include <memory>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;
using kernels::FrameSizes;
using kernels::FrameWindow;

namespace {

/// A window over frames of In elements, Out outputs, over elements E.
template <class Element, int In, int Out, FrameWindow W>
struct Size {
    using E = Element;
    static constexpr int in = In, out = Out;
    static constexpr FrameWindow window = W;
};
constexpr FrameWindow whole{.frames = 37, .rows = 37}, short_one{.frames = 3, .rows = 3};
constexpr FrameWindow causal{.frames = 30, .rows = 30, .taps = 3, .first = -8, .dilation = 4};
constexpr FrameWindow strided{.frames = 31, .rows = 15, .taps = 4, .stride = 2, .first = -1};
constexpr FrameWindow beyond{.frames = 2, .rows = 9, .taps = 3, .first = -5};

// One element, packs and tiles that are not full, inputs in several parts, rows without taps.
using Cases = std::tuple<
    Size<float, 1, 1, whole>, Size<float, 5, 3, causal>, Size<float, 9, 35, strided>, Size<float, 16, 80, whole>,
    Size<float, 3, 17, beyond>, Size<double, 3, 5, causal>, Size<Lanes<float, 16>, 1, 1, short_one>,
    Size<Lanes<float, 16>, 8, 8, causal>, Size<Lanes<float, 16>, 300, 7, whole>, Size<Lanes<float, 16>, 6, 33, strided>,
    Size<Lanes<float, 16>, 3, 2, beyond>, Size<Lanes<float, 64>, 5, 9, causal>, Size<Lanes<double, 4>, 5, 3, causal>>;

template <class Case>
struct Data {
    using E = typename Case::E;
    static constexpr int in = Case::in, out = Case::out;
    static constexpr FrameWindow window = Case::window;
    Tensor<E, Shape<window.frames, in>> x;
    Tensor<E, Shape<window.rows, out>> y;
    Tensor<scalar_t<E>, Shape<window.taps, in, out>> w;
    Tensor<scalar_t<E>, Shape<out>> c;
    static constexpr FrameSizes sizes{.inputs = in,
                                      .outputs = out,
                                      .x_step = window.stride * in,
                                      .y_step = out,
                                      .taps = window.taps,
                                      .w_tap = in * out,
                                      .w_input = out,
                                      .w_output = 1};

    Data() {
        Random random{Seed{3}};
        fill_whole(x, random, 8);
        fill_whole(w, random, 8);
        fill_whole(c, random, 8);
        fill_with(y, unwritten);
    }
};

/// Twice a value, and one.
struct Finish {
    template <class E>
    constexpr E operator()(const E& value) const {
        return value + value + E(scalar_t<E>(1));
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(correlate_window_sums_the_products_of_its_formula, Case, Cases) {
    using D = Data<Case>;
    const auto data = std::make_unique<D>();
    kernels::correlate_window<D::sizes, D::window, D::in>(data->x.data, data->w.data, data->c.data, data->y.data,
                                                          Finish{});
    for (int l = 0; l < width<typename D::E>; ++l)
        for (int row = 0; row < D::window.rows; ++row)
            for (int o = 0; o < D::out; ++o) {
                double sum = data->c[o];
                for (int tap = 0; tap < D::window.taps; ++tap) {
                    const int frame = D::window.frame(row, tap);
                    if (0 <= frame && frame < D::window.frames)
                        for (int i = 0; i < D::in; ++i)
                            sum += double(lane(data->x(frame, i), l)) * double(data->w(tap, i, o));
                }
                BOOST_REQUIRE(double(lane(data->y(row, o), l)) == 2 * sum + 1);  // whole numbers: sums are exact
            }
}

BOOST_AUTO_TEST_CASE(correlate_frames_without_offsets_starts_from_zero) {
    const float x[] = {1, 2}, w[] = {3, 4};
    float y[2];
    kernels::correlate_frames<FrameSizes{.inputs = 1, .outputs = 1}, 2>(x, w, Nothing{}, y);
    BOOST_TEST(y[0] == 3);
    BOOST_TEST(y[1] == 6);
}

BOOST_AUTO_TEST_CASE(correlate_frames_computes_constants) {
    constexpr auto computed = [] {
        const float x[] = {1, 2, 3, 4}, w[] = {1, 2, 3, 4, 5, 6}, c[] = {1, 0, -1};
        Tensor<float, Shape<2, 3>> y;
        kernels::correlate_frames<
            FrameSizes{.inputs = 2, .outputs = 3, .x_step = 2, .y_step = 3, .w_input = 3, .w_output = 1}, 2>(x, w, c,
                                                                                                             y.data);
        return y;
    }();
    static_assert(computed == Tensor<float, Shape<2, 3>>{10, 12, 14, 20, 26, 32});
    BOOST_TEST(computed.count == 6);
}
