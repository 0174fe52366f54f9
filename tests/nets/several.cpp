// SPDX-License-Identifier: BSL-1.0
// Networks of several inputs and several outputs, from data to results.
#define BOOST_TEST_MODULE nets.several
#include <kiln.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "laws/samples.hpp"

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

using In = Shapes<Shape<1, 5, 5>, Shape<3>>;
using Net =
    Graph<Input<"image">, Input<"extra">, Node<"stem", Conv<1, 4, 3>, "image">, Node<"norm", BatchNorm<4>, "stem">,
          Node<"relu", ReLU, "norm">, Node<"features", Linear<36, 6>, "relu">, Node<"more", Linear<3, 6>, "extra">,
          Node<"both", Concat<>, "features", "more">, Node<"tanh", Tanh, "both">, Node<"class", Linear<12, 3>, "tanh">,
          Node<"box", Linear<12, 2>, "tanh">, Output<"class", "box">>;
using M = Model<Net, In>;
using BothTargets = SeveralTargets<int, Tensor<float, Shape<2>>>;
using BothLosses = Losses<CrossEntropy, MeanSquaredError>;
using Data = data::Dataset<In, float, BothTargets>;

static_assert(std::is_same_v<M::Output, Shapes<Shape<3>, Shape<2>>>);
static_assert(std::is_same_v<BothLosses::Target<M::Output>, BothTargets>);
static_assert(std::is_same_v<decltype(Losses{Weighted{CrossEntropy{}, 2.0f}, MeanSquaredError{}}), BothLosses>);

// The class depends on both inputs, and so does the box.
Data samples(int count) {
    Random random{Seed{7}};
    std::vector<Tensor<float, In>> inputs(static_cast<std::size_t>(count));
    std::vector<BothTargets> targets(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        fill(inputs[i], random);
        const auto& image = inputs[i].get<0>();
        const auto& extra = inputs[i].get<1>();
        targets[i].get<0>() = extra[0] < 0 ? 0 : image[12] < 0 ? 1 : 2;
        targets[i].get<1>() = {extra[1], image[3]};
    }
    return {inputs, targets};
}

template <class... Options>
std::unique_ptr<M> trained(const Data& data, int epochs) {
    auto model = std::make_unique<M>(Seed{1});
    const auto trainer = std::make_unique<Trainer<M, BothLosses, Adam, Batch<16>, Options...>>(
        *model, Adam{.learning_rate = 0.01f},
        BothLosses{Weighted{CrossEntropy{}, 1.0f}, Weighted{MeanSquaredError{}, 0.5f}});
    trainer->fit(data, {.epochs = epochs});
    return model;
}

}  // namespace

BOOST_AUTO_TEST_CASE(several_inputs_and_outputs_obey_the_gradient_law) {
    require_gradient_law<Net, In>();
    // A value that is put out and read within.
    require_gradient_law<Graph<Input<"x">, Node<"a", Linear<4, 3>, "x">, Node<"b", Tanh, "a">, Node<"c", Add, "a", "b">,
                               Output<"c", "a">>,
                         Shape<4>>();
    require_gradient_law<Add, Shapes<Shape<4>, Shape<4>, Shape<4>>>();
    require_gradient_law<Multiply<>, Shapes<Shape<4>, Shape<4>, Shape<4>>>();
    require_gradient_law<Concat<>, Shapes<Shape<2, 3>, Shape<1, 3>>>();
}

BOOST_AUTO_TEST_CASE(a_network_of_two_inputs_and_two_outputs_learns_both) {
    const Data data = samples(60);
    const auto model = trained(data, 150);
    const BothLosses loss{Weighted{CrossEntropy{}, 1.0f}, Weighted{MeanSquaredError{}, 0.5f}};
    const auto result = evaluate(*model, data, loss);
    BOOST_TEST(result.samples == 60);
    BOOST_TEST(result.get<0>().accuracy > 0.95f);
    BOOST_TEST(result.get<1>().r_squared > 0.9f);
    BOOST_TEST(std::abs(result.loss - (result.get<0>().loss + 0.5f * result.get<1>().loss)) < 1e-5f);
    std::ostringstream out;
    out << result;
    BOOST_TEST(out.str().find("output 0: loss ") != std::string::npos, out.str());
    BOOST_TEST(out.str().find("output 1: loss ") != std::string::npos, out.str());
}

BOOST_AUTO_TEST_CASE(the_results_are_the_same_bits_on_any_number_of_threads) {
    const Data data = samples(40);
    using E = Lanes<float, 4>;
    const auto one = trained<E>(data, 2), two = trained<E, Threads<2>>(data, 2),
               three = trained<E, Threads<3>>(data, 2);
    for (const auto* other : {two.get(), three.get()}) {
        BOOST_TEST(same_record(one->parameters(), other->parameters()));
        BOOST_TEST(same_record(one->state(), other->state()));
    }
}

BOOST_AUTO_TEST_CASE(predictions_of_one_sample_and_of_many_agree) {
    const Data data = samples(37);
    const auto model = std::make_unique<M>(Seed{3});
    std::vector<Tensor<float, In>> inputs;
    for (int i = 0; i < data.size(); ++i) inputs.push_back(data.image(i));
    std::vector<Tensor<float, M::Output>> outputs(inputs.size());
    model->predict(inputs, outputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto alone = model->predict(inputs[i]);
        for (int k = 0; k < alone.count; ++k) BOOST_TEST(std::abs(alone[k] - outputs[i][k]) < 1e-5f);
    }
}

BOOST_AUTO_TEST_CASE(mistakes_in_several_targets_are_refused) {
    std::vector<Tensor<float, In>> inputs(2);
    for (auto& input : inputs) input = Tensor<float, In>{};
    BOOST_CHECK_THROW(
        Data(inputs, {BothTargets{-1, Tensor<float, Shape<2>>{}}, BothTargets{0, Tensor<float, Shape<2>>{}}}),
        std::invalid_argument);
    BOOST_CHECK_THROW(Data(inputs, {BothTargets{1, Tensor<float, Shape<2>>{0, std::nanf("")}}, BothTargets{}}),
                      std::invalid_argument);
    const Data beyond(inputs, {BothTargets{3, Tensor<float, Shape<2>>{}}, BothTargets{0, Tensor<float, Shape<2>>{}}});
    const auto model = std::make_unique<M>(Seed{1});
    const auto trainer = std::make_unique<Trainer<M, BothLosses, Adam, Batch<16>>>(*model, Adam{});
    BOOST_CHECK_THROW(trainer->fit(beyond), std::invalid_argument);
    BOOST_CHECK_THROW((std::make_unique<Trainer<M, BothLosses, Adam, Batch<16>>>(
                          *model, Adam{}, BothLosses{Weighted{CrossEntropy{}, -1.0f}, MeanSquaredError{}})),
                      SettingError);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_and_a_file_keep_every_parameter) {
    const Data data = samples(20);
    const auto model = trained(data, 1);
    M loaded;
    const std::string path = "several.safetensors";
    BOOST_REQUIRE(io::save_safetensors(*model, path));
    BOOST_TEST(bool(io::load_safetensors(loaded, path)));
    std::remove(path.c_str());
    BOOST_TEST(same_record(loaded.parameters(), model->parameters()));
    BOOST_TEST(std::string(schema<M::Parameters>[0].name.c_str()) == "stem.weight");
}

BOOST_AUTO_TEST_CASE(a_description_has_the_names_of_inputs_and_outputs) {
    const auto model = std::make_unique<M>(Seed{1});
    const io::Graph graph = io::describe(*model);
    BOOST_TEST(graph.inputs.size() == 2u);
    BOOST_TEST(graph.inputs[1].name == "extra");
    BOOST_TEST((graph.inputs[0].extents == Extents{1, 5, 5}));
    BOOST_TEST(graph.outputs.size() == 2u);
    BOOST_TEST(graph.outputs[0].name == "class");
    BOOST_TEST((graph.outputs[1].extents == Extents{2}));
    BOOST_TEST(graph.nodes.back().output == "box");
    for (const auto& node : graph.nodes)
        if (node.operation == "Concat") {
            BOOST_TEST(node.inputs.size() == 2u);
            BOOST_TEST(node.output == "both/Concat");
        }
}

// Layers without an operator make one value of several outputs. Each output needs a name of its own.
BOOST_AUTO_TEST_CASE(outputs_of_one_value_are_told_apart_in_a_description) {
    using Same = Graph<Input<"x">, Node<"y", Linear<3, 2>, "x">, Node<"dropped", Dropout<0.5>, "y">,
                       Node<"same", Identity, "x">, Node<"again", Identity, "x">, Node<"read", Tanh, "dropped">,
                       Output<"y", "dropped", "same", "again", "read">>;
    const Model<Same, Shape<3>> model{Seed{1}};
    std::string operators;
    for (const auto& node : io::describe(model).nodes)
        operators += node.operation + ' ' + node.inputs[0] + ' ' + node.output + ", ";
    BOOST_TEST(operators ==
               "Gemm input y, Tanh y read, Identity y dropped, Identity input same, Identity input again, ");
}

BOOST_AUTO_TEST_CASE(inputs_and_outputs_are_standardised_where_a_layer_does_so) {
    // The image is taken as it is; two nodes share the layer that standardises the extra numbers.
    using Scaled =
        Graph<Input<"image">, Input<"extra">, Node<"features", Sequential<Flatten, Linear<25, 6>>, "image">,
              Node<"scaled", Sequential<Standardize, Linear<3, 6>>, "extra">, Node<"again", Shared<"scaled">, "extra">,
              Node<"sum", Add, "features", "scaled", "again">, Node<"class", Linear<6, 3>, "sum">,
              Node<"box", Linear<6, 2>, "sum">, Node<"in units", Unstandardize, "box">, Output<"in units", "class">>;
    using Places = SeveralTargets<Tensor<float, Shape<2>>, int>;
    const Data all = samples(30);
    std::vector<Tensor<float, In>> inputs;
    std::vector<Places> targets;
    for (int i = 0; i < all.size(); ++i) {
        inputs.push_back(all.sample(i));
        for (float& value : inputs.back().get<1>()) value = 1000 + 50 * value;
        targets.push_back({all.target(i).get<1>(), all.target(i).get<0>()});
    }
    const data::Dataset<In, float, Places> data(inputs, targets);
    const auto model = std::make_unique<Model<Scaled, In>>(Seed{1});
    const auto of_inputs = data::standardization(data);
    const auto of_targets = data::standardization_of_targets(data);
    auto before = model->predict(data::transformed(data, data::of_input<1>(of_inputs.get<1>())).sample(4));
    for (int k = 0; k < 2; ++k)
        before.get<0>()[k] = of_targets.get<0>().mean[k] + of_targets.get<0>().sd[k] * before.get<0>()[k];
    standardize_inputs(*model, of_inputs);
    standardize_outputs(*model, of_targets);
    const auto after = model->predict(data.sample(4));
    for (int k = 0; k < after.count; ++k) BOOST_TEST(std::abs(after[k] - before[k]) < 1e-4f);

    // An image that is standardised needs one mean for all of its pixels.
    using OfImages = Graph<Input<"image">, Input<"extra">, Node<"scaled", Standardize, "image">,
                           Node<"features", Sequential<Flatten, Linear<25, 3>>, "scaled">,
                           Node<"sum", Add, "features", "extra">, Output<"sum">>;
    Model<OfImages, In> images{Seed{1}};
    const auto says = [](const std::invalid_argument& error) {
        return std::string(error.what()).starts_with("kiln: Standardize of input 0 needs one mean and one deviation");
    };
    BOOST_CHECK_EXCEPTION(standardize_inputs(images, of_inputs), std::invalid_argument, says);
    standardize_inputs(images, data::standardization(data, data::Per::channel));
}

BOOST_AUTO_TEST_CASE(a_loader_trains_as_a_data_set_does) {
    const Data data = samples(40);
    const auto model = trained(data, 2);
    const auto loaded = std::make_unique<M>(Seed{1});
    const auto trainer = std::make_unique<Trainer<M, BothLosses, Adam, Batch<16>>>(
        *loaded, Adam{.learning_rate = 0.01f},
        BothLosses{Weighted{CrossEntropy{}, 1.0f}, Weighted{MeanSquaredError{}, 0.5f}});
    data::Loader loader(data, {.batch = 16, .seed = trainer->seed()});
    trainer->fit(loader, {.epochs = 2});
    BOOST_TEST(same_record(loaded->parameters(), model->parameters()));
}
