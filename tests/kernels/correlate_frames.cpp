// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.correlate_frames
#include <kiln/core/math.hpp>
#include <kiln/core/random.hpp>
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

namespace {
// Whether blocks of N rows have the bits of 64 rows.
template <int In, int Out, int N>
bool has_bits_of_all_rows() {
    constexpr FrameSizes sizes{.inputs = In,
                               .outputs = Out,
                               .x_step = In,
                               .y_step = Out,
                               .taps = 2,
                               .w_tap = In * Out,
                               .w_input = Out,
                               .w_output = 1};
    Random random{Seed{3}};
    Tensor<float, Shape<65, In>> x;
    Tensor<float, Shape<2, In, Out>> w;
    Tensor<float, Shape<Out>> c;
    Tensor<float, Shape<64, Out>> y, in_blocks{};
    for (float& value : x) value = random.normal();
    for (float& value : w) value = random.normal();
    for (float& value : c) value = random.normal();
    const int at[] = {0, In};
    kernels::correlate_frames<sizes, 64>(x.data, at, 2, w.data, static_cast<const float*>(c.data), y.data, 64);
    for (int t = 0; t + N <= 64; t += N)
        kernels::correlate_frames<sizes, N>(x.data + t * In, at, 2, w.data, static_cast<const float*>(c.data),
                                            in_blocks.data + t * Out, N);
    for (int i = 0; i < 64 / N * N * Out; ++i)
        if (y[i] != in_blocks[i]) return false;
    return true;
}
template <int In, int Out>
bool rows_have_one_order() {
    return has_bits_of_all_rows<In, Out, 1>() && has_bits_of_all_rows<In, Out, 3>() &&
           has_bits_of_all_rows<In, Out, 8>() && has_bits_of_all_rows<In, Out, 33>();
}
}  // namespace

// One sum and several in a loop, of numbers and of packs: g++ fuses multiply-adds of both, or of neither.
BOOST_AUTO_TEST_CASE(rows_have_the_same_bits_in_blocks_of_any_size) {
    BOOST_TEST((rows_have_one_order<1, 1>()));
    BOOST_TEST((rows_have_one_order<4, 1>()));
    BOOST_TEST((rows_have_one_order<9, 1>()));
    BOOST_TEST((rows_have_one_order<1, 2>()));
    BOOST_TEST((rows_have_one_order<3, 4>()));
    BOOST_TEST((rows_have_one_order<2, 8>()));
    BOOST_TEST((rows_have_one_order<5, 8>()));
    BOOST_TEST((rows_have_one_order<3, 40>()));
}
