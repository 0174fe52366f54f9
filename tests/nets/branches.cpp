// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE nets.branches
#include <kiln.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/samples.hpp"
#include "laws/wired_networks.hpp"

#include <array>
#include <cmath>
#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

static_assert(kiln::Layer<Block, Image> && Container<Block, Image> && MakesClaims<Block>);
static_assert(std::is_same_v<output_t<Block, Image>, Image> && std::is_same_v<output_t<Down, Image>, Shape<3, 2, 2>>);
static_assert(std::is_same_v<output_t<Inception, Image>, Shape<6, 4, 4>> &&
              std::is_same_v<output_t<Gate, Shape<6>>, Shape<5>>);
static_assert(std::is_same_v<Repeat<3, Block>, Sequential<Block, Block, Block>>);
static_assert(multiply_adds<Gate, Shape<6>>() == 2 * 30 + 5);

// A misfit of a part, and a part's output that cannot be joined.
static_assert(!Residual<Linear<7, 6>>::shape({6}).fits && Residual<Linear<7, 6>>::shape({6}).position[0] == 0);
static_assert(!Residual<Linear<6, 5>>::shape({6}).fits && Residual<Linear<6, 5>>::shape({6}).position[0] == 1);
static_assert(!Concat<Conv<2, 1, 1>, Conv<2, 1, 3>>::shape({2, 4, 4}).fits);
static_assert(!Sum<Linear<6, 6>>::shape({6}).fits && !Sum<>::shape({6}).fits);

using Net =
    Sequential<Linear<4, 6>, Residual<Linear<6, 6>, BatchNorm<6>, Tanh, Dropout<0.1>>,
               Concat<Sequential<Linear<6, 3>, BatchNorm<3>>, Identity, Multiply<Tanh, Linear<6, 6>>>, Linear<15, 3>>;
using M = Model<Net, Shape<4>>;

}  // namespace

BOOST_AUTO_TEST_CASE(parts_are_named_and_summed_up) {
    std::vector<std::string> names;
    for (const TensorSchema& tensor : schema<M::Parameters>) names.emplace_back(tensor.name.c_str());
    const std::vector<std::string> expected{"0.weight",     "0.bias",       "1.0.weight", "1.0.bias",     "1.1.weight",
                                            "1.1.bias",     "2.0.0.weight", "2.0.0.bias", "2.0.1.weight", "2.0.1.bias",
                                            "2.2.1.weight", "2.2.1.bias",   "3.weight",   "3.bias"};
    BOOST_TEST(names == expected);
    std::ostringstream out;
    out << summary<M>();
    BOOST_TEST(out.str().find("2.2.1") != std::string::npos, out.str());
    BOOST_TEST(out.str().find("Multiply<>") != std::string::npos, out.str());
}

BOOST_AUTO_TEST_CASE(a_network_with_branches_is_trained_folded_and_described) {
    const Samples<Shape<4>> data(20, 3, 3);
    M model{Seed{1}};
    const auto trainer =
        std::make_unique<Trainer<M, CrossEntropy, Adam, Batch<20>>>(model, Adam{.learning_rate = 0.01f});
    const float first = trainer->step(data.inputs, data.labels);
    float last = first;
    for (int i = 0; i < 300; ++i) last = trainer->step(data.inputs, data.labels);
    BOOST_TEST(last < first / 2);
    BOOST_TEST(!same_record(model.state(), M{}.state()));

    const auto folded = fold(model);
    for (const auto& input : data.inputs) BOOST_TEST(distance(folded.predict(input), model.predict(input)) < 1e-5);
    static_assert(std::is_same_v<
                  folded_t<Net, Shape<4>>,
                  Sequential<Linear<4, 6>, Residual<Linear<6, 6>, Identity, Tanh, Identity>,
                             Concat<Sequential<Linear<6, 3>>, Identity, Multiply<Tanh, Linear<6, 6>>>, Linear<15, 3>>>);
    std::string operators;
    for (const auto& node : io::describe(model).nodes) operators += node.operation + ' ';
    BOOST_TEST(operators == "Gemm Gemm BatchNormalization Tanh Add Gemm BatchNormalization Tanh Gemm Mul Concat "
                            "Gemm ");
}

// Each use settles the shared state by its own measurements, in the order of the nodes, as in PyTorch. The mean of the
// first use is that of the first layer's outputs; the mean of the second use is the bias of the second layer, for
// normalised values have mean 0.
BOOST_AUTO_TEST_CASE(a_shared_batch_norm_is_settled_by_every_use) {
    using Twice = Graph<Input<"x">, Node<"first", Linear<4, 3>, "x">, Node<"norm", BatchNorm<3>, "first">,
                        Node<"second", Linear<3, 3>, "norm">, Node<"again", Shared<"norm">, "second">,
                        Node<"y", Linear<3, 3>, "again">, Output<"y">>;
    using Small = Model<Twice, Shape<4>>;
    const Samples<Shape<4>> data(20, 3, 3);
    Small model{Seed{1}};
    const Small start = model;
    const auto before = tensors<const float>(start.parameters());
    std::array<float, 3> expected{};
    for (std::size_t c = 0; c < 3; ++c) {
        double mean = before[1].data[c];
        for (const auto& input : data.inputs)
            for (std::size_t i = 0; i < 4; ++i) mean += before[0].data[4 * c + i] * input.data[i] / 20;
        expected[c] = static_cast<float>(0.9 * 0.1 * mean + 0.1 * before[5].data[c]);
    }
    const auto trainer = std::make_unique<Trainer<Small, CrossEntropy, SGD, Batch<20>>>(model, SGD{});
    trainer->step(data.inputs, data.labels);
    const auto running = tensors<const float>(model.state())[0];
    for (std::size_t c = 0; c < 3; ++c) BOOST_TEST(std::abs(running.data[c] - expected[c]) < 1e-6f);
}

namespace {

// A Dropout and a normalisation behind each use of a shared layer; a shared Sequential with a normalisation within.
using Tied =
    Graph<Input<"x">, Node<"up", Linear<4, 5>, "x">, Node<"norm", BatchNorm<5>, "up">,
          Node<"step", Sequential<Linear<5, 5>, BatchNorm<5>, Tanh>, "norm">, Node<"drop", Dropout<0.2>, "step">,
          Node<"again", Shared<"step">, "drop">, Node<"act", Tanh, "again">, Node<"square", Linear<5, 5>, "act">,
          Node<"scaled", BatchNorm<5>, "square">, Node<"more", Shared<"square">, "scaled">,
          Node<"acted", Shared<"act">, "more">, Node<"sum", Add, "step", "acted">, Node<"y", Linear<5, 3>, "sum">,
          Output<"y">>;

}  // namespace

BOOST_AUTO_TEST_CASE(a_graph_folds_all_but_the_layers_that_its_nodes_share) {
    static_assert(
        std::is_same_v<folded_t<Tied, Shape<4>>,
                       Graph<Input<"x">, Node<"up", Linear<4, 5>, "x">, Node<"norm", Identity, "up">,
                             Node<"step", Sequential<Linear<5, 5>, Tanh>, "norm">, Node<"drop", Identity, "step">,
                             Node<"again", Shared<"step">, "drop">, Node<"act", Tanh, "again">,
                             Node<"square", Linear<5, 5>, "act">, Node<"scaled", BatchNorm<5>, "square">,
                             Node<"more", Shared<"square">, "scaled">, Node<"acted", Shared<"act">, "more">,
                             Node<"sum", Add, "step", "acted">, Node<"y", Linear<5, 3>, "sum">, Output<"y">>>);
    const Samples<Shape<4>> data(20, 3, 3);
    Model<Tied, Shape<4>> model{Seed{1}};
    const auto trainer = std::make_unique<Trainer<Model<Tied, Shape<4>>, CrossEntropy, Adam, Batch<20>>>(
        model, Adam{.learning_rate = 0.01f});
    for (int i = 0; i < 20; ++i) trainer->step(data.inputs, data.labels);
    const auto folded = fold(model);
    for (const auto& input : data.inputs) BOOST_TEST(distance(folded.predict(input), model.predict(input)) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_container_without_with_parts_is_not_folded) {
    using Own = Doubled<Sequential<Linear<4, 4>, BatchNorm<4>>>;
    static_assert(std::is_same_v<folded_t<Own, Shape<4>>, Own>);
}

BOOST_AUTO_TEST_CASE(a_frozen_graph_computes_as_in_inference_and_learns_nothing) {
    using Half = Model<Sequential<Frozen<Tied>, Tanh, Linear<3, 3>>, Shape<4>>;
    static_assert(scalar_count<Half::Gradients>() == 12);
    const Samples<Shape<4>> data(20, 3, 3);
    Half model{Seed{1}};
    const Half before = model;
    const auto trainer =
        std::make_unique<Trainer<Half, CrossEntropy, SGD, Batch<20>>>(model, SGD{.learning_rate = 0.1f});
    const float first = trainer->step(data.inputs, data.labels);
    float expected = 0;
    for (std::size_t i = 0; i < 20; ++i) {
        const auto y = before.predict(data.inputs[i]);
        float sum = 0;
        for (const float logit : y) sum += std::exp(logit);
        expected += (std::log(sum) - y[data.labels[i]]) / 20;
    }
    BOOST_TEST(std::abs(first - expected) < 1e-5f);
    BOOST_TEST(same_record(part_of<0>(model.parameters()), part_of<0>(before.parameters())));
    BOOST_TEST(same_record(model.state(), before.state()));
}

// A table has the names of nodes, counts shared parameters once, and keeps its columns apart.
BOOST_AUTO_TEST_CASE(a_summary_names_the_nodes_of_a_graph) {
    constexpr auto table = summary<Model<Tied, Shape<4>>>();
    long long sum = 0;
    for (const auto& row : table.rows) sum += row.parameters;
    BOOST_TEST(sum == table.parameters);
    using Deep = Graph<Input<"x">, Node<"a_long_name", Linear<4, 4>, "x">, Output<"a_long_name">>;
    std::ostringstream out;
    out << summary<Model<Deep, Shape<4>>>();
    BOOST_TEST(out.str().find("a_long_name  Linear<4, 4") != std::string::npos, out.str());
}
