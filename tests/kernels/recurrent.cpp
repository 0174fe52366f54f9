// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.recurrent
#include <kiln/core/lanes.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/recurrent.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/numbers.hpp"
#include "kernels/recurrent_cell.hpp"
#include "laws/instance.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

template <class Number, int Inputs, int Units>
struct Size {
    using E = Number;
    static constexpr int In = Inputs, H = Units;
};
// One input, one unit; around tiles and packs.
using Cases = std::tuple<Size<float, 1, 1>, Size<float, 3, 33>, Size<double, 5, 9>, Size<Lanes<float, 8>, 1, 5>,
                         Size<Lanes<float, 16>, 7, 8>, Size<Lanes<float, 16>, 2, 27>, Size<Lanes<float, 64>, 3, 7>>;

template <class Case>
struct Data {
    using E = typename Case::E;
    using S = scalar_t<E>;
    static constexpr int In = Case::In, H = Case::H;
    Tensor<E, Shape<In>> x;
    Tensor<E, Shape<H>> h, memory, next, dh, memory_slope;
    Tensor<E, Shape<PlainCell::kept, H>> kept;
    Tensor<E, Shape<PlainCell::sums, H>> totals;
    Tensor<S, Shape<2 * H * In>> input;
    Tensor<S, Shape<2 * H * H>> hidden;
    Tensor<S, Shape<2 * H>> input_bias, hidden_bias;

    Data() {
        Random random{Seed{3}};
        fill_whole(x, random, 4), fill_whole(h, random, 4), fill_whole(memory, random, 4), fill_whole(dh, random, 4);
        fill_whole(memory_slope, random, 4), fill_whole(kept, random, 4), fill_whole(totals, random, 4);
        fill_whole(input, random, 4), fill_whole(hidden, random, 4);
        fill_whole(input_bias, random, 4), fill_whole(hidden_bias, random, 4);
        fill_with(next, unwritten);
    }
    kernels::RecurrentWeights<S> weights() const {
        return {input.data, hidden.data, input_bias.data, hidden_bias.data};
    }
};
double number(const auto& tensor, int i, int l) { return static_cast<double>(lane(tensor[i], l)); }

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_frame_gives_the_cell_the_sums_of_its_gates, Case, Cases) {
    using D = Data<Case>;
    constexpr int H = D::H;
    static D data;
    const D before = data;
    kernels::recurrent_frame<PlainCell, NoGates, D::In, H>(data.x.data, data.h.data, data.memory.data, data.weights(),
                                                           data.next.data, data.kept.data);
    int wrong = 0;
    for (int l = 0; l < width<typename D::E>; ++l)
        for (int u = 0; u < H; ++u) {
            const PlainFrame<D::In, H> expected([&](int i) { return number(before.x, i, l); },
                                                [&](int i) { return number(before.h, i, l); },
                                                [&](int i) { return number(before.memory, i, l); }, data.weights(), u);
            wrong += number(data.next, u, l) != expected.state;
            wrong += number(data.memory, u, l) != expected.memory;
            wrong += number(data.kept, 3 * H + u, l) != expected.memory;
            wrong += number(data.kept, u, l) != expected.memory - number(before.memory, u, l);
        }
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(nothing_is_kept_for_nobody, Case, Cases) {
    using D = Data<Case>;
    static D data, other;
    kernels::recurrent_frame<PlainCell, NoGates, D::In, D::H>(data.x.data, data.h.data, data.memory.data,
                                                              data.weights(), data.next.data, Nothing{});
    kernels::recurrent_frame<PlainCell, NoGates, D::In, D::H>(other.x.data, other.h.data, other.memory.data,
                                                              other.weights(), other.next.data, other.kept.data);
    int wrong = 0;
    for (int l = 0; l < width<typename D::E>; ++l)
        for (int u = 0; u < D::H; ++u) wrong += number(data.next, u, l) != number(other.next, u, l);
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(gate_slopes_are_the_transposed_product_added_to_their_start, Case, Cases) {
    using D = Data<Case>;
    constexpr int In = D::In, H = D::H;
    static D data;
    const auto start = data.h;
    auto own = data.h;
    Tensor<typename D::E, Shape<In>> dx;
    kernels::gate_slopes<2, H, H>(data.hidden.data, data.kept.data, PlainCell::hidden_sum, start.data, own.data);
    kernels::gate_slopes<2, H, In>(data.input.data, data.kept.data, PlainCell::input_sum, Nothing{}, dx.data);
    auto in_place = data.h;
    kernels::gate_slopes<2, H, H>(data.hidden.data, data.kept.data, PlainCell::hidden_sum,
                                  static_cast<const typename D::E*>(in_place.data), in_place.data);
    int wrong = 0;
    for (int l = 0; l < width<typename D::E>; ++l) {
        const auto sum = [&](const auto& w, int inputs, int i, const int* sum_of) {
            double total = 0;
            for (int g = 0; g < 2; ++g)
                for (int u = 0; u < H; ++u)
                    total += static_cast<double>(w[(g * H + u) * inputs + i]) * number(data.kept, sum_of[g] * H + u, l);
            return total;
        };
        for (int i = 0; i < H; ++i) {
            wrong += number(own, i, l) != number(start, i, l) + sum(data.hidden, H, i, PlainCell::hidden_sum);
            wrong += number(in_place, i, l) != number(own, i, l);
        }
        for (int i = 0; i < In; ++i) wrong += number(dx, i, l) != sum(data.input, In, i, PlainCell::input_sum);
    }
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(slopes_of_a_frame_are_those_of_the_cell_and_are_added_up, Case, Cases) {
    using D = Data<Case>;
    constexpr int H = D::H;
    static D data;
    const D before = data;
    const auto dy = data.x.data[0];
    Tensor<typename D::E, Shape<H>> slope;
    for (int u = 0; u < H; ++u) slope[u] = dy;
    kernels::recurrent_frame_slopes<PlainCell, NoGates, H>(data.kept.data, data.h.data, data.memory.data, slope.data,
                                                           data.dh.data, data.memory_slope.data, data.totals.data);
    int wrong = 0;
    for (int l = 0; l < width<typename D::E>; ++l)
        for (int u = 0; u < H; ++u) {
            const auto kept = [&](int n) { return number(before.kept, n * H + u, l); };
            const double all = number(before.dh, u, l) + number(slope, u, l);
            const double expected[] = {all + number(before.memory_slope, u, l), 2 * all + kept(1),
                                       all + number(before.h, u, l) + number(before.memory, u, l)};
            for (int s = 0; s < 3; ++s) {
                wrong += number(data.kept, s * H + u, l) != expected[s];
                wrong += number(data.totals, s * H + u, l) != number(before.totals, s * H + u, l) + expected[s];
            }
            wrong += number(data.kept, 3 * H + u, l) != kept(3);
            wrong += number(data.dh, u, l) != all + kept(0);
        }
    BOOST_TEST(wrong == 0);
}
