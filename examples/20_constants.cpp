// SPDX-License-Identifier: BSL-1.0
// The cost of a network is known before it runs: parameters, arithmetic and memory are constants, which a program can
// assert on. Even the values that it computes can be constants.

#include <kiln.hpp>

#include <boost/hana/at.hpp>

#include <iostream>

using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::Pool<2>, kiln::Linear<8 * 13 * 13, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;
using Training = kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>>;

static_assert(Digits::parameter_count == 13'610);
static_assert(Digits::multiply_adds == 62'192);            // one forward pass, one sample
static_assert(Digits::parameter_bytes < 64 * 1024);        // fits in the memory of a small device
static_assert(Digits::inference_bytes < 32 * 1024);        // with its working memory
static_assert(sizeof(Digits) == Digits::parameter_bytes);  // nothing else is stored

// Training needs gradients, one moment for each parameter, and room to work in. Nothing is allocated besides.
static_assert(sizeof(Training) < 512 * 1024);

// The compiler can run a network: this one answers whether a number is at least 5.
using Threshold = kiln::Model<kiln::Sequential<kiln::Linear<1, 2>>, kiln::Shape<1>>;
constexpr Threshold at_least_5 = [] {
    Threshold model;  // all parameters zero
    auto& linear = boost::hana::at_c<0>(model.parameters());
    linear.weight = {0, 1};
    linear.bias = {5, 0};  // logits: 5 for no, x for yes
    return model;
}();
static_assert(kiln::argmax(at_least_5.predict({4})) == 0 && kiln::argmax(at_least_5.predict({7})) == 1);

int main() {
    std::cout << kiln::summary<Digits>() << '\n'
              << "model " << sizeof(Digits) << " bytes, trainer " << sizeof(Training) << " bytes, of which workspace "
              << Training::workspace_bytes << '\n';
}
