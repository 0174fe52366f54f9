// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.correlate_frames_gradient
#include <kiln/core/math.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/correlate_frames_gradient.hpp>

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

template <class Element, int In, int Out, FrameWindow W>
struct Size {
    using E = Element;
    static constexpr int in = In, out = Out;
    static constexpr FrameWindow window = W;
};
constexpr FrameWindow whole{.frames = 37, .rows = 37}, one{.frames = 1, .rows = 1};
constexpr FrameWindow causal{.frames = 90, .rows = 90, .taps = 3, .first = -8, .dilation = 4};
constexpr FrameWindow strided{.frames = 31, .rows = 15, .taps = 4, .stride = 2, .first = -1};
constexpr FrameWindow beyond{.frames = 2, .rows = 9, .taps = 3, .first = -5};

// Packs that overlap, tiles that are not full, several blocks of rows, many outputs over native lanes.
using Cases = std::tuple<Size<float, 1, 1, one>, Size<float, 1, 4, causal>, Size<float, 5, 3, causal>,
                         Size<float, 19, 35, strided>, Size<float, 16, 9, beyond>, Size<double, 3, 5, causal>,
                         Size<Lanes<float, 16>, 1, 1, one>, Size<Lanes<float, 16>, 8, 8, causal>,
                         Size<Lanes<float, 16>, 7, 5, strided>, Size<Lanes<float, 16>, 3, 2, beyond>,
                         Size<Lanes<float, 16>, 53, 41, causal>, Size<Lanes<float, 16>, 32, 64, whole>,
                         Size<Lanes<float, 16>, 17, 33, beyond>, Size<Lanes<float, 64>, 5, 9, causal>,
                         Size<Lanes<float, 64>, 33, 40, whole>, Size<Lanes<double, 4>, 5, 3, causal>>;

template <class Case, bool InputsSideBySide>
void require_exact_sums() {
    using E = typename Case::E;
    using S = scalar_t<E>;
    constexpr int in = Case::in, out = Case::out;
    constexpr FrameWindow window = Case::window;
    constexpr FrameSizes sizes{.inputs = in,
                               .outputs = out,
                               .x_step = window.stride * in,
                               .y_step = out,
                               .taps = window.taps,
                               .w_tap = InputsSideBySide ? in * out : 1,
                               .w_input = InputsSideBySide ? 1 : window.taps,
                               .w_output = InputsSideBySide ? in : in * window.taps};
    struct Data {
        Tensor<E, Shape<window.frames, in>> x;
        Tensor<E, Shape<window.rows, out>> dy;
        Tensor<S, Shape<window.taps * in * out>> dw;
        Tensor<S, Shape<out>> dc;
    };
    const auto data = std::make_unique<Data>();
    Random random{Seed{3}};
    fill_whole(data->x, random, 8);
    fill_whole(data->dy, random, 8);
    fill_whole(data->dw, random, 8);
    fill_whole(data->dc, random, 8);
    const auto dw = data->dw;
    const auto dc = data->dc;
    int changed = 0;
    kernels::correlate_window_gradient<sizes, window, in>(data->x.data, data->dy.data, data->dw.data, data->dc.data,
                                                          [&](int begin, int end) {
                                                              BOOST_REQUIRE(begin == changed);
                                                              changed = end;
                                                          });
    BOOST_TEST(changed == window.rows);
    for (int o = 0; o < out; ++o) {
        double slopes = double(dc[o]);
        for (int row = 0; row < window.rows; ++row) slopes += double(reduce(data->dy(row, o)));
        BOOST_REQUIRE(double(data->dc[o]) == slopes);
        for (int tap = 0; tap < window.taps; ++tap)
            for (int i = 0; i < in; ++i) {
                const int place = tap * sizes.w_tap + i * sizes.w_input + o * sizes.w_output;
                double sum = double(dw[place]);
                for (int row = 0; row < window.rows; ++row) {
                    const int frame = window.frame(row, tap);
                    if (0 <= frame && frame < window.frames)
                        for (int l = 0; l < width<E>; ++l)
                            sum += double(lane(data->x(frame, i), l)) * double(lane(data->dy(row, o), l));
                }
                BOOST_REQUIRE(double(data->dw[place]) == sum);
            }
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_windows_gradient_is_the_sum_of_its_formula, Case, Cases) {
    require_exact_sums<Case, true>();
    require_exact_sums<Case, false>();
}

BOOST_AUTO_TEST_CASE(offsets_may_be_absent) {
    const float x[] = {1, 2}, dy[] = {3, 4};
    float dw[] = {1};
    kernels::correlate_window_gradient<FrameSizes{}, FrameWindow{.frames = 2, .rows = 2}, 1>(
        x, dy, dw, static_cast<float*>(nullptr), [](int, int) {});
    BOOST_TEST(dw[0] == 12);
}
