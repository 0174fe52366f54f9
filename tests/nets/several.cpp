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

// Each sample counts twice, in the sum as in the number, so the mean is that of MeanSquaredError.
struct Doubled : MeanSquaredError {
    constexpr float share(const Tensor<float, Shape<2>>&) const { return 2; }
    template <class E>
    constexpr E operator()(const Tensor<E, Shape<2>>& y, const Tensor<E, Shape<2>>& targets, const E& weight,
                           Tensor<E, Shape<2>>& dy) const {
        return MeanSquaredError::operator()(y, targets, weight* E(2.0f), dy);
    }
};

static_assert(kiln::detail::has_shares<Doubled> && !kiln::detail::has_shares<MeanSquaredError>);

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

BOOST_AUTO_TEST_CASE(class_weights_of_a_loss_act_as_if_its_output_were_alone) {
    // Two networks in one graph, and each of them by itself.
    using Weighed = WeightedCrossEntropy<3>;
    using Both =
        Graph<Input<"x">, Node<"class", Linear<4, 3>, "x">, Node<"box", Linear<4, 2>, "x">, Output<"class", "box">>;
    using Together = Model<Both, Shape<4>>;
    using First = Model<Sequential<Linear<4, 3>>, Shape<4>>;
    using Second = Model<Sequential<Linear<4, 2>>, Shape<4>>;
    std::vector<Tensor<float, Shape<4>>> inputs(21);
    std::vector<BothTargets> targets(inputs.size());
    std::vector<int> labels;
    std::vector<Tensor<float, Shape<2>>> boxes;
    Random random{Seed{4}};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        fill(inputs[i], random);
        labels.push_back(static_cast<int>(i) % 7 == 0 ? 2 : static_cast<int>(i) % 2);
        boxes.push_back({inputs[i][0], inputs[i][1]});
        targets[i] = {labels[i], boxes[i]};
    }
    const data::Dataset<Shape<4>, float, BothTargets> data(inputs, targets);
    const data::Dataset<Shape<4>, float> of_labels(inputs, labels);
    const data::Dataset<Shape<4>, float, Tensor<float, Shape<2>>> of_boxes(inputs, boxes);
    const Weighed weighed{.class_weights = {0.5f, 1, 4}};
    const Losses<Weighed, Doubled> losses{weighed, Weighted{Doubled{}, 3.0f}};

    Together together{Seed{1}};
    First first{Seed{2}};
    Second second{Seed{3}};
    part_of<0>(together.parameters()) = part_of<0>(first.parameters());
    part_of<1>(together.parameters()) = part_of<0>(second.parameters());
    // Batches of 8, 8 and 5 samples, of other shares each.
    Trainer<Together, Losses<Weighed, Doubled>, SGD, Batch<8>> trainer{together, {.learning_rate = 0.1f}, losses};
    Trainer<First, Weighed, SGD, Batch<8>> first_trainer{first, {.learning_rate = 0.1f}, weighed};
    Trainer<Second, MeanSquaredError, SGD, Batch<8>> second_trainer{second, {.learning_rate = 0.3f}};
    const Epoch last = trainer.fit(data, data, {.epochs = 3});
    const Epoch last_first = first_trainer.fit(of_labels, of_labels, {.epochs = 3});
    const Epoch last_second = second_trainer.fit(of_boxes, of_boxes, {.epochs = 3});
    const auto require_close = [](const auto& a, const auto& b) {
        for (int i = 0; i < a.count; ++i) BOOST_TEST(std::abs(a[i] - b[i]) < 1e-5f);
    };
    require_close(part_of<0>(together.parameters()).weight, part_of<0>(first.parameters()).weight);
    require_close(part_of<1>(together.parameters()).weight, part_of<0>(second.parameters()).weight);
    BOOST_TEST(std::abs(last.loss - (last_first.loss + 3 * last_second.loss)) < 1e-5f);
    BOOST_TEST(std::abs(last.validation_loss - (last_first.validation_loss + 3 * last_second.validation_loss)) < 1e-5f);
    const auto result = evaluate(together, data, losses);
    BOOST_TEST(std::abs(result.loss - last.validation_loss) < 1e-5f);
    BOOST_TEST(std::abs(result.get<0>().loss - last_first.validation_loss) < 1e-5f);
    BOOST_TEST(result.get<0>().weighted);
}
