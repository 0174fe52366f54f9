// SPDX-License-Identifier: BSL-1.0
// A layer of your own without a backward: the layer is written as an expression of tensors, and its derivatives follow.
// This one is attention (A. Vaswani et al.: Attention is all you need, 2017): each row of x asks all rows, and gets
// their values in the shares of a softmax. kiln/expressions/symbol.hpp lists the primitives.

#include <kiln.hpp>
#include <kiln/laws/check_gradients.hpp>

#include <boost/hana/define_struct.hpp>

#include <array>
#include <iostream>

/// Shape<rows, Features> -> the same.
template <int Features>
struct Attention : kiln::Expressed<Attention<Features>> {
    template <class S, class>
    struct Parameters {
        using Square = kiln::Tensor<S, kiln::Shape<Features, Features>>;
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Square, query), (Square, key), (Square, value));
    };
    static constexpr void initialize(auto& parameters, auto& random) {
        const auto draw = [&](auto& weights) {
            for (auto& weight : weights) weight = random.normal() * 0.5f;
        };
        draw(parameters.query), draw(parameters.key), draw(parameters.value);
    }

    /// Called once, while compiling, with symbols for x and the parameters.
    static constexpr auto express(auto x, auto query, auto key, auto value) {
        const auto scores = matmul(matmul(x, query), transpose(matmul(x, key)));
        return x + matmul(softmax(scores, kiln::Axis{-1}), matmul(x, value));
    }
};

using Words = kiln::Shape<5, 4>;
using Model = kiln::Model<Attention<4>, Words>;
static_assert(Model::parameter_count == 3 * 16);

int main() {
    const auto check = kiln::check_gradients<Attention<4>, Words>();
    std::cout << check << '\n';

    // One layer learns what another one, with other parameters, computes.
    const Model teacher{kiln::Seed{1}};
    Model student{kiln::Seed{2}};
    kiln::Trainer<Model, kiln::MeanSquaredError, kiln::Adam, kiln::Batch<64>> trainer{student,
                                                                                      {.learning_rate = 0.01f}};
    kiln::Random random{kiln::Seed{3}};
    std::array<kiln::Tensor<float, Words>, 64> x, y;
    float first = 0, loss = 0;
    for (int step = 0; step < 2000; ++step) {
        for (std::size_t i = 0; i < x.size(); ++i) {
            for (float& feature : x[i]) feature = random.normal();
            y[i] = teacher.predict(x[i]);
        }
        loss = trainer.step(x, y);
        if (step == 0) first = loss;
    }
    std::cout << "loss " << first << " -> " << loss << '\n';
    return check && loss < 0.05f * first ? 0 : 1;
}
