// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.dropout
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "laws/samples.hpp"

#include <cmath>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Dropout<0.5>, Shape<3, 4, 5>>);
static_assert(Dropout<0.0>::shape({3}).fits && !Dropout<1.0>::shape({3}).fits && !Dropout<-0.1>::shape({3}).fits);

BOOST_AUTO_TEST_CASE(dropout_obeys_the_laws_of_layers) {
    require_layer_laws<Dropout<0.5>, Shape<2, 3, 4>>();
    require_layer_laws<Dropout<0.25>, Shape<7>>();
    require_layer_laws<Dropout<0.0>, Shape<3>>();
}

// Among 20,000 draws with probability p, the dropped fraction differs from p by more than 5 sqrt(p (1 - p) / 20,000) <
// 0.018 once in a million.
BOOST_AUTO_TEST_CASE_TEMPLATE(elements_are_dropped_with_probability_p, Layer,
                              decltype(std::tuple<Dropout<0.5>, Dropout<0.1>, Dropout<0.9>>{})) {
    Instance<Layer, Shape<20000>, float> dropout(1);
    for (float& x : dropout.x) x = 1;
    dropout.forward();
    int dropped = 0, neighbours = 0;
    for (int i = 0; i < 20000; ++i) {
        const bool zero = dropout.y[i] == 0;
        BOOST_TEST((zero || std::abs(double(dropout.y[i]) * (1 - Layer::probability) - 1) < 1e-6));
        dropped += zero;
        neighbours += zero && i > 0 && dropout.y[i - 1] == 0;
    }
    BOOST_TEST(std::abs(dropped / 20000.0 - Layer::probability) < 0.018);
    BOOST_TEST(std::abs(neighbours / 20000.0 - Layer::probability * Layer::probability) < 0.018);
}

BOOST_AUTO_TEST_CASE(samples_and_passes_drop_different_elements) {
    Instance<Dropout<0.5>, Shape<64>, Lanes<float, 4>> dropout(1);
    for (auto& x : dropout.x) x = Lanes<float, 4>(1.0f);
    dropout.forward();
    for (int l = 1; l < 4; ++l) {
        int same = 0;
        for (int i = 0; i < 64; ++i) same += lane(dropout.y[i], l) == lane(dropout.y[i], 0);
        BOOST_TEST(same > 10);
        BOOST_TEST(same < 54);
    }
}

BOOST_AUTO_TEST_CASE(inference_leaves_everything_as_it_is) {
    Instance<Dropout<0.5>, Shape<64>, float> dropout(1);
    dropout.infer();
    BOOST_TEST((dropout.y == dropout.x));
}

namespace {
using M = Model<Sequential<Linear<8, 32>, Dropout<0.5>, Linear<32, 3>>, Shape<8>>;
template <class... Options>
M trained() {
    const Samples<Shape<8>> data(64, 3, 3);
    M model{Seed{1}};
    Trainer<M, CrossEntropy, SGD, Batch<64>, Options...> trainer{model, SGD{.learning_rate = 0.1f}, {}, Seed{7}};
    for (int step = 0; step < 3; ++step) trainer.step(data.inputs, data.labels);
    return model;
}
}  // namespace

BOOST_AUTO_TEST_CASE(lanes_and_threads_drop_the_same_elements) {
    const M sixteen = trained<Lanes<float, 16>>(), one = trained<float>();
    BOOST_TEST((record_distance<float>(sixteen.parameters(), one.parameters())) < 1e-5);
    BOOST_TEST(same_record(sixteen.parameters(), trained<Lanes<float, 16>, Threads<3>>().parameters()));
    // A different seed drops others.
    const Samples<Shape<8>> data(64, 3, 3);
    M other{Seed{1}};
    Trainer<M, CrossEntropy, SGD, Batch<64>> trainer{other, SGD{.learning_rate = 0.1f}, {}, Seed{8}};
    for (int step = 0; step < 3; ++step) trainer.step(data.inputs, data.labels);
    BOOST_TEST((record_distance<float>(sixteen.parameters(), other.parameters())) > 1e-3);
}
