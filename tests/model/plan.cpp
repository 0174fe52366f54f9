// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE model.plan
#include <kiln/model/plan.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"

#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

using Small = Sequential<Linear<4, 8>, Tanh, Linear<8, 2>>;
template <int BatchSize>
using Trained = training_element<Small, Shape<4>, BatchSize>;

// Training: as many lanes as the batch fills, up to those of a native vector.
static_assert(std::is_same_v<Trained<1>, float>);
static_assert(std::is_same_v<Trained<2>, Lanes<float, 2>>);
static_assert(width<Trained<3>> == 4);
static_assert(width<Trained<4>> == 4);
static_assert(width<Trained<5>> == (native_lanes < 8 ? native_lanes : 8));
static_assert(std::is_same_v<Trained<64>, Lanes<float, native_lanes>>);
static_assert(std::is_same_v<Trained<1000>, Lanes<float, native_lanes>>);

// Networks of large matrices take several vectors, but no more lanes than the batch has samples; others do not.
using Perceptron = Sequential<Linear<784, 128>, ReLU, Linear<128, 10>>;
template <int BatchSize>
constexpr int lanes_of_perceptron = width<training_element<Perceptron, Shape<1, 28, 28>, BatchSize>>;
static_assert(lanes_of_perceptron<64> > native_lanes && lanes_of_perceptron<64> <= 64);
static_assert(lanes_of_perceptron<native_lanes> == native_lanes && lanes_of_perceptron<1> == 1);
static_assert(lanes_of_perceptron<2 * native_lanes - 1> == native_lanes);
static_assert(width<wide_inference_element<Perceptron, Shape<1, 28, 28>>> > native_lanes);
using Card = Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<1352, 10>>;
static_assert(std::is_same_v<training_element<Card, Shape<1, 28, 28>, 64>, Lanes<float, native_lanes>>);

// Inference: the lanes of a native vector, or one sample at a time if working memory would not fit on the stack.
static_assert(std::is_same_v<inference_element<Small, Shape<4>>, Lanes<float, native_lanes>>);
static_assert(std::is_same_v<wide_inference_element<Small, Shape<4>>, Lanes<float, native_lanes>>);

template <class Net, class In, class E>
constexpr std::size_t working_memory = sizeof(Tensor<E, In>) + sizeof(Tensor<E, output_t<Net, In>>) +
                                       sizeof(scratch_t<Net, E, In, Wanted::outputs>);

// A network that does not fit on the stack in full vectors runs one sample at a time: 100 kB a sample.
using Medium = Sequential<Tanh, Conv<8, 8, 3, 1, 1>, Tanh, Tanh>;
using MediumMap = Shape<8, 40, 40>;
using Chosen = inference_element<Medium, MediumMap>;
static_assert(working_memory<Medium, MediumMap, Chosen> <= Plan<>::stack_bytes);
static_assert(width<Chosen> == 1 || width<Chosen> == native_lanes);
static_assert(native_lanes < 16 || width<Chosen> == 1);
using Large = Sequential<Tanh, Tanh>;
static_assert(std::is_same_v<inference_element<Large, Shape<3, 224, 224>>, float>);

// A model's plan may count on less or more.
static_assert(width<inference_element<Medium, MediumMap, Plan<64 << 20>>> == native_lanes);
static_assert(width<inference_element<Small, Shape<4>, Plan<64>>> == 1);
static_assert(width<training_element<Perceptron, Shape<1, 28, 28>, 64, Plan<1 << 20, 1 << 10>>> ==
              (native_lanes * 4 * 784 * 3 > 32 << 10 ? 1 : native_lanes));

// Maps beyond the last-level cache are trained one sample after the other.
using Photo = Sequential<Conv<3, 32, 3, 1, 1>, ReLU, Conv<32, 32, 3, 1, 1>, ReLU>;
static_assert(std::is_same_v<training_element<Photo, Shape<3, 224, 224>, 64>, float>);
static_assert(width<training_element<Photo, Shape<3, 32, 32>, 64>> == native_lanes);

// Large maps and then large matrices: one sample at a time, and then many.
using Maps = Sequential<Conv<3, 32, 3, 1, 1>, ReLU, Conv<32, 32, 3, 1, 1>, ReLU, Pool<2>, Linear<8192, 64>, ReLU,
                        Linear<64, 10>>;
using Roomy = Plan<1 << 20>;
using InTwo = Division<Maps, Shape<3, 32, 32>, Roomy>;
static_assert(native_lanes < 16 || (InTwo::cut == 2 && InTwo::lanes >= native_lanes));
static_assert(native_lanes < 16 ||
              sizeof(kiln::detail::DividedWork<Maps, Shape<3, 32, 32>, 2, InTwo::lanes>) <= Roomy::stack_bytes);
static_assert(Division<Maps, Shape<3, 32, 32>>::lanes == 0);  // no room for the second section
static_assert(Division<Perceptron, Shape<1, 28, 28>>::lanes == 0);
static_assert(Division<Card, Shape<1, 28, 28>>::lanes == 0);
static_assert(Division<Large, Shape<3, 224, 224>>::lanes == 0);  // no matrices
static_assert(Division<Tanh, Shape<3, 224, 224>>::lanes == 0);   // not a Sequential

}  // namespace

BOOST_AUTO_TEST_CASE(plans_are_checked_while_compiling) {
    BOOST_TEST(width<Chosen> >= 1);
    BOOST_TEST_MESSAGE("medium maps: " << width<Chosen> << " lanes");
}
