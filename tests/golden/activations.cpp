// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE golden.activations
#include <kiln/layers/activation.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/softmax.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/layer.hpp"

using namespace kiln;
using namespace kiln::golden;

namespace {

Values& values() {
    static Values file("tests/golden/values/activations.txt");
    return file;
}

template <class L, class In = Shape<2, 2, 3>>
void require(const std::string& name, Setting setting) {
    require_golden_layer<L, In>(values(), name, setting);
}

}  // namespace

BOOST_AUTO_TEST_CASE(activations_are_those_of_pytorch) {
    require<Sigmoid>("Sigmoid", {.bound = 6});
    require<Softplus>("Softplus", {.bound = 30});
    require<ELU<>>("ELU", {.bound = 3});
    require<ELU<0.5>>("ELU<0.5>", {.bound = 3});
    require<LeakyReLU<>>("LeakyReLU", {.bound = 1});
    require<LeakyReLU<0.2>>("LeakyReLU<0.2>", {.bound = 1});
}

BOOST_AUTO_TEST_CASE(gated_activations_are_those_of_pytorch) {
    require<GELU>("GELU", {.bound = 4});
    require<SiLU>("SiLU", {.bound = 6});
    require<HardSwish>("HardSwish", {.bound = 5});
}

BOOST_AUTO_TEST_CASE(slopes_at_kinks_are_those_of_pytorch) {
    require<LeakyReLU<0.2>, Shape<5>>("LeakyReLU<0.2>_of_zeros", {.grid = 2});
    require<ELU<0.5>, Shape<5>>("ELU<0.5>_of_zeros", {.grid = 2});
    require<HardSwish, Shape<5>>("HardSwish_at_its_lower_kink", {.bound = 3, .grid = 1});
}

BOOST_AUTO_TEST_CASE(softmax_is_that_of_pytorch) {
    require<Softmax>("Softmax", {.bound = 5});
    require<LogSoftmax>("LogSoftmax", {.bound = 5});
    require<Softmax, Shape<10>>("Softmax_of_a_vector", {.bound = 20});
    require<LogSoftmax, Shape<10>>("LogSoftmax_of_a_vector", {.bound = 20});
}

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }
