// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.dilated_frames
#include <kiln/core/math.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/dilated_frames.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/numbers.hpp"

#include <memory>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int frames = 11;
template <class Element, int In, int Out, int Taps>
struct Size {
    using E = Element;
    static constexpr int in = In, out = Out, taps = Taps;
};
using Cases = std::tuple<Size<float, 1, 1, 1>, Size<float, 3, 5, 3>, Size<float, 17, 4, 2>, Size<double, 3, 5, 3>,
                         Size<Lanes<float, 16>, 4, 8, 3>, Size<Lanes<float, 16>, 1, 3, 2>>;
using Elements = std::tuple<float, double, Lanes<float, 16>>;

}  // namespace

// Dilations within the frames, over all of them, and beyond.
BOOST_AUTO_TEST_CASE_TEMPLATE(the_adjoint_is_the_sum_of_its_formula, Case, Cases) {
    using E = typename Case::E;
    using S = scalar_t<E>;
    constexpr int in = Case::in, out = Case::out, taps = Case::taps;
    struct Data {
        Tensor<E, Shape<frames, in>> x, dx;
        Tensor<E, Shape<frames, out>> dz;
        Tensor<S, Shape<out, in, taps>> w, dw, before;
        Tensor<S, Shape<out>> db;
        Tensor<S, Shape<taps * out * in>> turned;
    };
    const auto data = std::make_unique<Data>();
    for (const int dilation : {1, 2, 5, 10, 11, 2'000'000'000}) {
        Random random{Seed{3}};
        fill_whole(data->x, random, 8);
        fill_whole(data->dz, random, 8);
        fill_whole(data->w, random, 8);
        fill_whole(data->dw, random, 8);
        fill_with(data->dx, unwritten);
        fill_with(data->db, 1);
        data->before = data->dw;
        kernels::dilated_gradient<frames, in, out, taps>(data->x.data, data->dz.data, dilation, data->dw.data,
                                                         data->db.data);
        kernels::dilated_input_slopes<frames, in, out, taps>(data->w.data, data->dz.data, dilation, data->turned.data,
                                                             data->dx.data);
        const auto frame = [&](int t, int k) { return t - static_cast<long long>(taps - 1 - k) * dilation; };
        for (int o = 0; o < out; ++o) {
            double slopes = 1;
            for (int t = 0; t < frames; ++t) slopes += double(reduce(data->dz(t, o)));
            BOOST_REQUIRE(double(data->db[o]) == slopes);
            for (int i = 0; i < in; ++i)
                for (int k = 0; k < taps; ++k) {
                    double sum = double(data->before(o, i, k));
                    for (int t = 0; t < frames; ++t)
                        if (frame(t, k) >= 0)
                            for (int l = 0; l < width<E>; ++l)
                                sum += double(lane(data->dz(t, o), l)) *
                                       double(lane(data->x(static_cast<int>(frame(t, k)), i), l));
                    BOOST_REQUIRE(double(data->dw(o, i, k)) == sum);
                }
        }
        for (int u = 0; u < frames; ++u)
            for (int i = 0; i < in; ++i) {
                double sum = 0;
                for (int t = 0; t < frames; ++t)
                    for (int k = 0; k < taps; ++k)
                        if (frame(t, k) == u)
                            for (int o = 0; o < out; ++o)
                                sum += double(data->w(o, i, k)) * double(lane(data->dz(t, o), 0));
                BOOST_REQUIRE(double(lane(data->dx(u, i), 0)) == sum);
            }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(elements_are_copied_added_and_scaled, E, Elements) {
    using S = scalar_t<E>;
    constexpr int count = 3;
    E a[count], b[count];
    for (int i = 0; i < count; ++i) a[i] = E(S(i + 1)), b[i] = E(S(10));
    kernels::add_elements(a, b, count);
    for (int i = 0; i < count; ++i) BOOST_TEST(lane(b[i], 0) == S(11 + i));
    kernels::scale_elements(a, S(3), b, count);
    for (int i = 0; i < count; ++i) BOOST_TEST(lane(b[i], 0) == S(3 * i + 3));
    BOOST_TEST(kernels::sum_of_products(a, b, count) == S(width<E> * 3 * (1 + 4 + 9)));
    kernels::copy_elements(a, b, count);
    BOOST_TEST(lane(b[2], width<E> - 1) == S(3));
    kernels::clear_elements(b, count);
    BOOST_TEST(lane(b[2], 0) == S(0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_product_of_every_frame_has_its_gradient_and_slopes, E, Elements) {
    using S = scalar_t<E>;
    const S w[] = {S(1), S(2), S(3), S(4), S(5), S(6)};  // 2 outputs, 3 inputs
    E x[6], dy[4], dx[6];
    for (int i = 0; i < 6; ++i) x[i] = E(S(i));
    for (int i = 0; i < 4; ++i) dy[i] = E(S(i + 1));
    S dw[6]{}, db[2]{};
    kernels::product_gradient<2, 3, 2>(x, dy, dw, static_cast<S*>(db));
    const S times(width<E>);
    // dw[o][i] = dy[0][o] x[0][i] + dy[1][o] x[1][i]
    BOOST_TEST((dw[0] == times * S(9) && dw[2] == times * S(17) && dw[4] == times * S(18) && dw[5] == times * S(24)));
    BOOST_TEST((db[0] == times * S(4) && db[1] == times * S(6)));
    kernels::product_input_slopes<2, 3, 2>(w, dy, dx);
    BOOST_TEST((lane(dx[0], 0) == S(9) && lane(dx[2], 0) == S(15) && lane(dx[3], 0) == S(19)));
}
