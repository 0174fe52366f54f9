// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE model.fold
#include <kiln/layers/activation.hpp>
#include <kiln/layers/attention.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/conv_transpose.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/embedding.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/initialized.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/model/fold.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <memory>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

using In = Shape<2, 8, 8>;
using Net = Sequential<BatchNorm<2>,  // there is no layer before it
                       Conv<2, 4, 3>, BatchNorm<4>, ReLU, Pool<2>, Dropout<0.3>,
                       Sequential<Conv<4, 3, 2>, Dropout<0.1>, BatchNorm<3>, Tanh>, Linear<12, 6>, BatchNorm<6>,
                       BatchNorm<6>, ReLU, BatchNorm<6>, Dropout<0.5>>;
static_assert(
    std::is_same_v<folded_t<Net, In>, Sequential<BatchNorm<2>, Conv<2, 4, 3>, ReLU, Pool<2>,
                                                 Sequential<Conv<4, 3, 2>, Tanh>, Linear<12, 6>, ReLU, BatchNorm<6>>>);
static_assert(std::is_same_v<folded_t<Linear<3, 2>, Shape<3>>, Linear<3, 2>>);
static_assert(std::is_same_v<folded_t<Sequential<Dropout<0.5>>, Shape<3>>, Sequential<Dropout<0.5>>>);
static_assert(
    std::is_same_v<folded_t<Sequential<Dropout<0.5>, Dropout<0.1>, Linear<3, 2>>, Shape<3>>, Sequential<Linear<3, 2>>>);

}  // namespace

// The predictions differ by rounding alone: up to 1e-6 of an output, some of which are small beside the sums that they
// come from.
BOOST_AUTO_TEST_CASE(a_folded_model_predicts_the_same) {
    static Model<Net, In> model{Seed{1}};
    Random random{Seed{2}};
    fill_record<float>(model.parameters(), random);
    for (const Slice<float>& slice : tensors<float>(model.state()))
        for (float& value : slice) value = random.uniform(0.2f, 2.0f);
    const auto folded = fold(model);
    static_assert(decltype(folded)::parameter_count < decltype(model)::parameter_count);
    for (int i = 0; i < 10; ++i) {
        Tensor<float, In> x;
        fill(x, random);
        const auto expected = model.predict(x);
        BOOST_TEST(distance(folded.predict(x), expected) < 1e-5);
        BOOST_TEST(magnitude(expected) > 0.01);
    }
}

BOOST_AUTO_TEST_CASE(transposed_convolutions_and_groups_take_normalisation_in) {
    using Mixed = Sequential<Conv<2, 4, 3, 1, 1, 2>, BatchNorm<4>, ConvTranspose<4, 3, 2, 2>, BatchNorm<3>>;
    static_assert(
        std::is_same_v<folded_t<Mixed, Shape<2, 3, 4>>, Sequential<Conv<2, 4, 3, 1, 1, 2>, ConvTranspose<4, 3, 2, 2>>>);
    Model<Mixed, Shape<2, 3, 4>> model{Seed{1}};
    Random random{Seed{2}};
    fill_record<float>(model.parameters(), random);
    for (const Slice<float>& slice : tensors<float>(model.state()))
        for (float& value : slice) value = random.uniform(0.2f, 2.0f);
    Tensor<float, Shape<2, 3, 4>> x;
    fill(x, random);
    BOOST_TEST(distance(fold(model).predict(x), model.predict(x)) < 1e-5);
}

// A layer that absorbs a normalisation has a bias afterwards; other layers stay without one.
BOOST_AUTO_TEST_CASE(layers_without_bias_get_one_from_the_normalisation_behind_them) {
    using Unbiased =
        Sequential<Conv<2, 4, 3, 1, 1, 2, Bias::none>, BatchNorm<4>, Dropout<0.5>, BatchNorm<4>,
                   ConvTranspose<4, 3, 2, 2, 0, 0, Bias::none>, BatchNorm<3>, ReLU,
                   Initialized<Linear<144, 5, Bias::none>, He>, BatchNorm<5>, Tanh, Linear<5, 5, Bias::none>>;
    using Map = Shape<2, 3, 4>;
    static_assert(
        std::is_same_v<folded_t<Unbiased, Map>, Sequential<Conv<2, 4, 3, 1, 1, 2>, ConvTranspose<4, 3, 2, 2>, ReLU,
                                                           Linear<144, 5>, Tanh, Linear<5, 5, Bias::none>>>);
    static_assert(std::is_same_v<folded_t<Sequential<Linear<3, 2, Bias::learned>, BatchNorm<2>>, Shape<3>>,
                                 Sequential<Linear<3, 2, Bias::learned>>>);
    static Model<Unbiased, Map> model{Seed{1}};
    Random random{Seed{2}};
    fill_record<float>(model.parameters(), random);
    for (const Slice<float>& slice : tensors<float>(model.state()))
        for (float& value : slice) value = random.uniform(0.2f, 2.0f);
    Tensor<float, Map> x;
    fill(x, random);
    const auto expected = model.predict(x);
    BOOST_TEST(distance(fold(model).predict(x), expected) < 1e-5);
    BOOST_TEST(magnitude(expected) > 0.01);
}

// A BatchNorm of a sequence counts frames as channels, so no layer of frames may take it in.
BOOST_AUTO_TEST_CASE(layers_of_sequences_are_folded_around_and_take_nothing_in) {
    using Text = Tokens<7, 6>;
    using Written =
        Sequential<Embedding<7, 4>, Dropout<0.1>, CausalAttention<2>, BatchNorm<6>,
                   Residual<Each<Linear<4, 4>>, Dropout<0.2>>, Conv1d<4, 6, 3, 1, 1>, BatchNorm<6>, Each<Linear<6, 6>>,
                   BatchNorm<6>, GRU<6, 5>, Dropout<0.3>, Last, Linear<5, 3>, BatchNorm<3>>;
    static_assert(std::is_same_v<folded_t<Written, Text>,
                                 Sequential<Embedding<7, 4>, CausalAttention<2>, BatchNorm<6>,
                                            Residual<Each<Linear<4, 4>>, Identity>, Conv1d<4, 6, 3, 1, 1>, BatchNorm<6>,
                                            Each<Linear<6, 6>>, BatchNorm<6>, GRU<6, 5>, Last, Linear<5, 3>>>);
    static Model<Written, Text> model{Seed{1}};
    Random random{Seed{2}};
    fill_record<float>(model.parameters(), random);
    for (const Slice<float>& slice : tensors<float>(model.state()))
        for (float& value : slice) value = random.uniform(0.2f, 2.0f);
    const Tensor<float, Text> x{6, 0, 3, 3, 1, 5};
    const auto expected = model.predict(x);
    BOOST_TEST(distance(fold(model).predict(x), expected) < 1e-5);
    BOOST_TEST(magnitude(expected) > 0.01);
}

// Starting values have been drawn by then.
static_assert(std::is_same_v<folded_t<Sequential<Initialized<Linear<3, 2>, He>, BatchNorm<2>>, Shape<3>>,
                             Sequential<Linear<3, 2>>>);
static_assert(std::is_same_v<folded_t<Initialized<Sequential<Linear<3, 2>, BatchNorm<2>>, He>, Shape<3>>,
                             Sequential<Linear<3, 2>>>);

// The network had state; no part of the folded network has any.
BOOST_AUTO_TEST_CASE(a_network_may_lose_all_of_its_state) {
    Model<Sequential<Linear<3, 2>, BatchNorm<2>, Linear<2, 2>>, Shape<3>> model{Seed{1}};
    tensors<float>(model.state())[0].data[1] = 0.5f;
    const Tensor<float, Shape<3>> x{1, 2, 3};
    BOOST_TEST(distance(fold(model).predict(x), model.predict(x)) < 1e-5);
}

BOOST_AUTO_TEST_CASE(what_has_nothing_to_fold_stays_as_it_is) {
    const Model<Linear<3, 2>, Shape<3>> model{Seed{1}};
    const Tensor<float, Shape<3>> x{1, 2, 3};
    BOOST_TEST((fold(model).predict(x) == model.predict(x)));
}

// Each of the two models has 16 MB, twice the usual size of a thread's stack.
BOOST_AUTO_TEST_CASE(models_larger_than_the_stack_are_folded_from_one_place_to_another) {
    using Large = Model<Sequential<Linear<2000, 2000, Bias::none>, BatchNorm<2000>>, Shape<2000>>;
    using Folded = Model<folded_t<Large::Network, Large::Input>, Large::Input>;
    const auto model = std::make_unique<Large>(Seed{1});
    for (float& mean : part_of<1>(model->state()).running_mean) mean = 0.25f;
    const auto folded = std::make_unique<Folded>(Seed{2});  // what it held before is gone
    for (float& bias : part_of<0>(folded->parameters()).bias) bias = 7;
    fold(*model, *folded);
    const auto x = std::make_unique<Tensor<float, Shape<2000>>>();
    for (int k = 0; k < 2000; ++k) x->data[k] = 0.001f * static_cast<float>(k % 7);
    const auto scratch = std::make_unique<Large::Scratch<float>>();
    const auto expected = model->predict(*x, *scratch);
    const auto folded_scratch = std::make_unique<Folded::Scratch<float>>();
    BOOST_TEST(distance(folded->predict(*x, *folded_scratch), expected) < 1e-5);
    BOOST_TEST(magnitude(expected) > 0.1);
}
