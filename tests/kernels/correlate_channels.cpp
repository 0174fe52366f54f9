// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.correlate_channels
#include <kiln/core/math.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/correlate_channels.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/numbers.hpp"

#include <memory>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;
using kernels::ChannelRing;
using kernels::ChannelRow;
using kernels::ChannelSizes;

namespace {

template <class Element, int In, int Out, int Taps>
struct Size {
    using E = Element;
    static constexpr int in = In, out = Out, taps = Taps;
};
// One output, tiles that are not full, more outputs than registers.
using Cases = std::tuple<Size<float, 1, 1, 1>, Size<float, 1, 4, 1>, Size<float, 3, 5, 2>, Size<float, 8, 16, 3>,
                         Size<float, 5, 41, 3>, Size<double, 3, 5, 2>, Size<Lanes<float, 16>, 3, 5, 2>,
                         Size<Lanes<float, 16>, 7, 37, 3>, Size<Lanes<float, 64>, 2, 3, 3>>;
using Elements = std::tuple<float, double, Lanes<float, 16>>;

/// Weights as in PyTorch, or with outputs side by side.
template <class Case, bool Turned>
void require_exact_sums(int frames) {
    using E = typename Case::E;
    using S = scalar_t<E>;
    using Row = ChannelRow<E>;
    constexpr int in = Case::in, out = Case::out, taps = Case::taps, x_row = Row::block + 40;
    constexpr ChannelSizes sizes{.inputs = in,
                                 .outputs = out,
                                 .taps = taps,
                                 .w_tap = Turned ? in * out : 1,
                                 .w_input = Turned ? out : taps,
                                 .w_output = Turned ? 1 : in * taps};
    struct Data {
        Tensor<E, Shape<in, x_row>> x;
        Tensor<S, Shape<in * out * taps>> w;
        Tensor<E, Shape<out, Row::block>> start, y;
    };
    const auto data = std::make_unique<Data>();
    Random random{Seed{1}};
    fill_whole(data->x, random, 8);
    fill_whole(data->w, random, 8);
    fill_whole(data->start, random, 8);
    fill_with(data->y, unwritten);
    int at[taps];
    for (int k = 0; k < taps; ++k) at[k] = 7 * k + 3;
    kernels::correlate_channels<sizes>(
        data->x.data, x_row, at, data->w.data,
        [&](int o, int t) { return kernels::load<typename Row::Pack>(data->start.data + o * Row::block + t); },
        data->y.data, Row::block, frames);
    for (int l = 0; l < width<E>; l += 7)
        for (int o = 0; o < out; ++o)
            for (int t = 0; t < frames; ++t) {
                double sum = double(lane(data->start(o, t), l));
                for (int k = 0; k < taps; ++k)
                    for (int i = 0; i < in; ++i)
                        sum += double(data->w[k * sizes.w_tap + i * sizes.w_input + o * sizes.w_output]) *
                               double(lane(data->x(i, at[k] + t), l));
                BOOST_REQUIRE(double(lane(data->y(o, t), l)) == sum);
            }
    const int padded = Row::padded(frames);
    if (padded < Row::block) BOOST_TEST(lane(data->y(out - 1, padded), 0) != lane(data->y(out - 1, padded), 0));
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_are_the_sums_of_their_formula, Case, Cases) {
    for (const int frames : {1, 2, 5, 15, 16}) {
        require_exact_sums<Case, false>(frames);
        require_exact_sums<Case, true>(frames);
    }
    require_exact_sums<Case, false>(ChannelRow<typename Case::E>::block);
    require_exact_sums<Case, false>(ChannelRow<typename Case::E>::block - 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(frames_become_rows_and_rows_frames, E, Elements) {
    constexpr int channels = 3, frames = 5, block = ChannelRow<E>::block;
    Tensor<E, Shape<frames, channels>> x, again;
    Tensor<E, Shape<channels, block>> rows;
    Random random{Seed{2}};
    fill_random(x, random);
    fill_with(rows, unwritten);
    kernels::frames_to_rows<channels>(x.data, rows.data, frames);
    for (int c = 0; c < channels; ++c)
        for (int t = 0; t < ChannelRow<E>::padded(frames); ++t)
            BOOST_TEST(lane(rows(c, t), 0) == (t < frames ? lane(x(t, c), 0) : 0));
    kernels::rows_to_frames<channels>(rows.data, again.data, frames);
    for (int i = 0; i < x.count; ++i) BOOST_TEST(lane(again[i], width<E> - 1) == lane(x[i], width<E> - 1));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_ring_has_the_last_frames_of_each_channel_in_a_row, E, Elements) {
    constexpr int channels = 2, reach = 37, block = ChannelRow<E>::block;
    using Ring = ChannelRing<E, channels>;
    const auto memory = std::make_unique<Tensor<E, Shape<Ring::count(reach)>>>();
    const auto rows = std::make_unique<Tensor<E, Shape<channels, block>>>();
    int end = -1;
    const Ring ring{memory->data, reach, &end};
    for (int again = 0; again < 2; ++again) {
        fill_with(*memory, unwritten);
        ring.clear();
        int t = 0;
        const auto append = [&](int n) {
            for (int c = 0; c < channels; ++c)
                for (int k = 0; k < n; ++k) (*rows)(c, k) = E(scalar_t<E>(2 * (t + k) + c));
            ring.append(rows->data, n);
            t += n;
            for (int ago = 0; ago <= reach; ++ago)
                for (int c = 0; c < channels; ++c)
                    for (int k = 0; k < n; ++k) {
                        const int frame = t - n - ago + k;
                        const double found = double(lane(ring.frames[c * ring.row() + ring.start(n, ago) + k], 0));
                        BOOST_REQUIRE(found == (frame < 0 ? 0 : 2 * frame + c));
                    }
        };
        for (int round = 0; round < 9; ++round) append(block), append(1), append(block / 3), append(block - 1);
    }
}
