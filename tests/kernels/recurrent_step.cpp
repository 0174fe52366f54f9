// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.recurrent_step
#include <kiln/core/random.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/recurrent_step.hpp>

#include <boost/test/unit_test.hpp>

#include "kernels/numbers.hpp"
#include "kernels/recurrent_cell.hpp"
#include "laws/instance.hpp"

#include <memory>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {
template <class Number, int Inputs, int Units>
struct Size {
    using S = Number;
    static constexpr int In = Inputs, H = Units;
};
// Around packs, blocks of packs, and inputs in turns.
using Cases = std::tuple<Size<float, 1, 1>, Size<float, 3, 2>, Size<float, 9, 16>, Size<float, 8, 17>,
                         Size<float, 5, 40>, Size<float, 2, 170>, Size<double, 3, 5>, Size<double, 11, 8>>;
}  // namespace

static_assert(kernels::UnitPacks<float, 1>::lanes == 1 && kernels::UnitPacks<float, 3>::padded == 4);
static_assert(kernels::UnitPacks<float, 5 * native_lanes + 1>::count == 6);

BOOST_AUTO_TEST_CASE_TEMPLATE(a_step_gives_the_cell_the_sums_of_its_gates, Case, Cases) {
    using S = typename Case::S;
    constexpr int In = Case::In, H = Case::H;
    using Packs = kernels::UnitPacks<S, H>;
    Tensor<S, Shape<In>> x;
    Tensor<S, Shape<Packs::padded>> h{}, memory{};
    Tensor<S, Shape<H>> y;
    Tensor<S, Shape<4, H>> kept;
    Tensor<S, Shape<2 * H * In>> input;
    static Tensor<S, Shape<2 * H * H>> hidden;
    Tensor<S, Shape<2 * H>> input_bias, hidden_bias;
    Random random{Seed{3}};
    fill_whole(x, random, 4), fill_whole(h, random, 4), fill_whole(memory, random, 4), fill_whole(input, random, 4);
    fill_whole(hidden, random, 4), fill_whole(input_bias, random, 4), fill_whole(hidden_bias, random, 4);
    for (int u = H; u < Packs::padded; ++u) h[u] = memory[u] = 0;
    fill_with(y, unwritten), fill_with(kept, unwritten);
    const kernels::RecurrentWeights<S> weights{input.data, hidden.data, input_bias.data, hidden_bias.data};
    static kernels::PreparedRecurrent<PlainCell, In, H, S> prepared;
    kernels::prepare_recurrent<PlainCell, In, H>(weights, prepared);
    const auto h_before = h, memory_before = memory;
    kernels::recurrent_step<PlainCell, NoGates, In, H>(x.data, h.data, memory.data, prepared, y.data, kept.data);
    int wrong = 0;
    for (int u = 0; u < H; ++u) {
        const auto of = [](const auto& tensor) { return [&](int i) { return static_cast<double>(tensor[i]); }; };
        const PlainFrame<In, H> expected(of(x), of(h_before), of(memory_before), weights, u);
        wrong += static_cast<double>(y[u]) != expected.state;
        wrong += static_cast<double>(h[u]) != expected.state;
        wrong += static_cast<double>(memory[u]) != expected.memory;
        wrong += static_cast<double>(kept(3, u)) != expected.memory;
    }
    BOOST_TEST(wrong == 0);
    for (int u = H; u < Packs::padded; ++u) BOOST_TEST(h[u] == 0);
}
