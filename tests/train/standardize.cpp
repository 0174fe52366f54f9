// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.standardize
// Prices near 300,000, in their own units from the table to the prediction, also after saving and loading.
#include <kiln/data/dataset.hpp>
#include <kiln/data/preprocess.hpp>
#include <kiln/io/checkpoint.hpp>
#include <kiln/io/export_header.hpp>
#include <kiln/io/safetensors.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/standardize.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/losses/standardized.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/train/standardize.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"
#include "laws/samples.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

using namespace kiln;
using namespace kiln::laws;
using data::Dataset;

namespace {

using Home = Shape<3>;  // area, rooms, distance
using Price = Shape<1>;
using Homes = Dataset<Home, float, Tensor<float, Price>>;
using Net = Sequential<Standardize, Sequential<Linear<3, 16>, Tanh>, Linear<16, 1>, Unstandardize>;
using Prices = Model<Net, Home>;
using Training = Trainer<Prices, Standardized<MeanSquaredError, Price>, Adam, Batch<32>>;

Homes homes(int count) {
    std::vector<Tensor<float, Home>> samples(static_cast<std::size_t>(count));
    std::vector<Tensor<float, Price>> prices(samples.size());
    Random random{Seed{5}};
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const float area = random.uniform(40, 200), rooms = random.uniform(1, 7), far = random.uniform(0, 30'000);
        samples[i] = {area, rooms, far};
        prices[i] = {150'000 + 1'500 * area + 4'000 * rooms - 2 * far};
    }
    return {samples, prices};
}

struct Sold {
    Homes data = homes(256);
    Prices model{Seed{1}};
    Training trainer{model, Adam{.learning_rate = 0.01f}, data::standardization_of_targets(data)};
    Sold() {
        standardize_inputs(model, data::standardization(data));
        standardize_outputs(model, data::standardization_of_targets(data));
        trainer.fit(data, {.epochs = 30});
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_network_that_knows_the_moments_learns_prices_in_their_own_units) {
    Sold sold;
    const Homes others = homes(300);
    double error = 0, spread = 0;
    const auto moments = data::standardization_of_targets(others);
    for (int i = 256; i < 300; ++i) {
        error += std::pow(sold.model.predict(others.sample(i))[0] - others.target(i)[0], 2);
        spread += std::pow(others.target(i)[0] - moments.mean[0], 2);
    }
    BOOST_TEST(1 - error / spread > 0.95);  // R²
}

BOOST_AUTO_TEST_CASE(moments_are_saved_with_the_model_and_loaded) {
    const files::Folder folder;
    Sold sold;
    io::save_safetensors(sold.model, folder.file("prices.safetensors")).or_throw();
    Prices loaded;
    io::load_safetensors(loaded, folder.file("prices.safetensors")).or_throw();
    BOOST_TEST(same_record(loaded.state(), sold.model.state()));
    BOOST_TEST(loaded.predict(sold.data.sample(7))[0] == sold.model.predict(sold.data.sample(7))[0]);
    BOOST_TEST(part_of<3>(loaded.state()).mean[0] > 100'000);
}

BOOST_AUTO_TEST_CASE(moments_are_in_checkpoints) {
    const files::Folder folder;
    Sold sold;
    io::save_checkpoint(sold.trainer, folder.file("prices.checkpoint")).or_throw();
    Prices model;
    Training trainer{model, Adam{.learning_rate = 0.01f}, data::standardization_of_targets(sold.data)};
    io::load_checkpoint(trainer, folder.file("prices.checkpoint")).or_throw();
    trainer.fit(sold.data, {.epochs = 1});
    sold.trainer.fit(sold.data, {.epochs = 1});
    BOOST_TEST(same_record(model.parameters(), sold.model.parameters()));
    BOOST_TEST(same_record(model.state(), sold.model.state()));
}

BOOST_AUTO_TEST_CASE(training_leaves_moments_as_they_are) {
    Sold sold;
    const auto inputs = data::standardization(sold.data);
    BOOST_TEST((part_of<0>(sold.model.state()).mean == inputs.mean));
    BOOST_TEST((part_of<0>(sold.model.state()).sd == inputs.sd));
}

BOOST_AUTO_TEST_CASE(outer_layers_are_found_within_inner_networks) {
    Model<Sequential<Sequential<Standardize, Linear<3, 1>>, Sequential<Unstandardize>>, Home> model;
    const Homes data = homes(9);
    standardize_inputs(model, data::standardization(data));
    standardize_outputs(model, data::standardization_of_targets(data));
    BOOST_TEST((part_of<0>(part_of<0>(model.state())).mean == data::standardization(data).mean));
    BOOST_TEST((part_of<0>(part_of<1>(model.state())).sd == data::standardization_of_targets(data).sd));
}

BOOST_AUTO_TEST_CASE(channels_of_maps_take_moments_that_are_the_same_throughout_a_channel) {
    using Map = Shape<2, 1, 3>;
    Model<Standardize, Map> model;
    struct {
        Tensor<float, Map> mean{1, 1, 1, 5, 5, 5}, sd{2, 2, 2, 3, 3, 3};
    } moments;
    standardize_inputs(model, moments);
    BOOST_TEST((model.state().mean == Tensor<float, Shape<2>>{1, 5}));
    BOOST_TEST((model.state().sd == Tensor<float, Shape<2>>{2, 3}));
    moments.mean[4] = 6;
    BOOST_CHECK_EXCEPTION(standardize_inputs(model, moments), std::invalid_argument, [](const auto& error) {
        return std::string(error.what()) ==
               "kiln: Standardize needs one mean and one deviation for each channel, got 6 and 3 "
               "for value 4 of channel 1 and others "
               "for the values before it; try data::Per::channel";
    });
    moments.mean[4] = 5;
    for (const float bad : {0.0f, -1.0f, std::nanf(""), std::numeric_limits<float>::infinity()}) {
        moments.sd[5] = bad;
        BOOST_CHECK_THROW(standardize_inputs(model, moments), std::invalid_argument);
    }
    BOOST_TEST((model.state().mean == Tensor<float, Shape<2>>{1, 5}));
}
